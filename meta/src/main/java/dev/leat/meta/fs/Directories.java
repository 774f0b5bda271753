package dev.leat.meta.fs;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Directories as wholes: their attributes, from the static part and the cells, and their listings. */
final class Directories {
    /** Size shown for a directory, as on ext4. */
    private static final long SIZE_BYTES = 4096;

    /** Subdirectories whose attributes are read at once: most have one or two cells, and one read takes 1,000. */
    private static final int ATTRS_AT_ONCE = 400;

    /** With all cells in use, no more than this fit one read. */
    private static final int ATTRS_AT_LEAST = CommitRules.PREFIX_KEYS_MAX / (DirCell.CELLS + 1);

    private final Client client;

    Directories(Client client) {
        this.client = client;
    }

    /** What {@code stat} shows of a directory. */
    static Attr attr(long ino, DirRecord record, DirCell cells) {
        Attributes attributes = record.attributes();
        long names = record.inTrash() ? 0 : 2 + Math.max(0, cells.subdirectories());
        return new Attr(
                ino,
                FileType.DIRECTORY,
                attributes.mode(),
                (int) Math.min(Integer.MAX_VALUE, names),
                attributes.uid(),
                attributes.gid(),
                0,
                SIZE_BYTES,
                SIZE_BYTES,
                attributes.atime(),
                DirCell.later(attributes.mtime(), cells.mtimeNanos()),
                DirCell.later(attributes.ctime(), cells.ctimeNanos()));
    }

    /** Attributes of a directory as they surely are, null if they have to be asked for. */
    static @Nullable Attr known(Inodes inodes, long ino) throws FsException {
        DirCell cells = inodes.memory().cells(ino);
        return cells != null && inodes.known(ino) instanceof Node.Dir dir ? attr(ino, dir.record(), cells) : null;
    }

    /** Attributes of a directory that was found in a transaction. */
    Attr attr(Transaction tx, Node.Dir dir) throws FsException {
        return attr(dir.ino(), dir.record(), cells(tx, dir.ino()));
    }

    /** All cells of a directory together. */
    static DirCell cells(Transaction tx, long ino) throws FsException {
        return DirCell.total(tx.range(Keys.cells(ino)).values().stream()
                .map(value -> DirCell.of(Cell.decode(value.bytes())))
                .toList());
    }

    /** Counts a change of a directory's entries. */
    void count(Transaction tx, long ino, long entries, long subdirectories, Time now) throws FsException {
        int cell = DirCell.of(client.writer().number());
        tx.merge(
                Keys.cell(ino, cell),
                DirCell.change(entries, subdirectories, now).toCell());
    }

    /** Moves a directory's change time on, without touching its static part. */
    void touchCtime(Transaction tx, long ino, Time now) throws FsException {
        int cell = DirCell.of(client.writer().number());
        long nanos = DirCell.change(0, 0, now).ctimeNanos();
        tx.merge(Keys.cell(ino, cell), new DirCell(0, 0, 0, nanos).toCell());
    }

    /** See {@link MetaFs#readdir}. */
    List<DirEntry> list(long directory, @Nullable Name after, int limit, boolean attrs) throws FsException {
        if (limit < 1) {
            throw new FsException(Errno.EINVAL);
        }
        DirCache memory = client.inodes().memory();
        long began = memory.moment();
        List<Map.Entry<Key, Value>> page = client.reader()
                .scan(
                        Keys.entries(directory),
                        after == null ? null : Keys.entryName(after),
                        Math.min(limit, CommitRules.PAGE_MAX));
        if (page.isEmpty() && after == null) {
            client.transactions().runFresh(tx -> client.inodes().directory(tx, directory));
        }
        if (memory.answers()) {
            page.forEach(row -> memory.seen(row.getKey(), row.getValue(), began));
        }
        try {
            return attrs ? withAttrs(page) : plain(page);
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /** See {@link MetaFs#unchangedSince}. */
    boolean unchangedSince(long moment, long directory, DirEntry row) {
        DirCache memory = client.inodes().memory();
        if (!memory.unchangedSince(moment, Keys.entry(directory, row.name()))) {
            return false;
        }
        return row.type() == FileType.DIRECTORY
                ? memory.partitionUnchangedSince(moment, Keys.directory(row.ino()))
                // Where it has several names the record is there.
                : memory.unchangedSince(moment, Keys.inodeRef(row.ino()));
    }

    private static List<DirEntry> plain(List<Map.Entry<Key, Value>> page) throws MetaException {
        List<DirEntry> entries = new ArrayList<>(page.size());
        for (Map.Entry<Key, Value> row : page) {
            EntryRecord entry = EntryRecord.decode(row.getValue().bytes());
            entries.add(new DirEntry(Keys.nameIn(row.getKey().name()), entry.ino(), entry.type(), null));
        }
        return entries;
    }

    private List<DirEntry> withAttrs(List<Map.Entry<Key, Value>> page) throws FsException, MetaException {
        List<EntryRecord> records = new ArrayList<>(page.size());
        List<Long> directories = new ArrayList<>();
        List<Long> hard = new ArrayList<>();
        for (Map.Entry<Key, Value> row : page) {
            EntryRecord entry = EntryRecord.decode(row.getValue().bytes());
            records.add(entry);
            switch (entry) {
                case EntryRecord.Directory(long ino) -> directories.add(ino);
                case EntryRecord.Hard(long ino, FileType type) -> hard.add(ino);
                case EntryRecord.Embedded(long ino, FileRecord file) ->
                    client.inodes().remember(ino, row.getKey());
            }
        }
        Map<Long, Attr> elsewhere = attrs(directories, hard);
        List<DirEntry> entries = new ArrayList<>(page.size());
        for (int i = 0; i < records.size(); i++) {
            EntryRecord entry = records.get(i);
            Attr attr = entry instanceof EntryRecord.Embedded(long ino, FileRecord file)
                    ? file.attr(ino)
                    : elsewhere.get(entry.ino());
            // Without one it was removed after the page was read; its row stays, so that a short page still means the
            // end.
            entries.add(new DirEntry(Keys.nameIn(page.get(i).getKey().name()), entry.ino(), entry.type(), attr));
        }
        return entries;
    }

    /** Attributes of directories and hard-linked inodes, in as few round trips as the limits allow: for most directories one. */
    private Map<Long, Attr> attrs(List<Long> directories, List<Long> hard) throws FsException, MetaException {
        Map<Long, Attr> found = new HashMap<>();
        for (int i = 0; i < directories.size() || i < hard.size(); i += ATTRS_AT_ONCE) {
            readAttrs(part(directories, i), part(hard, i), found);
        }
        return found;
    }

    private void readAttrs(List<Long> directories, List<Long> hard, Map<Long, Attr> found)
            throws FsException, MetaException {
        List<Key> keys = new ArrayList<>();
        List<Prefix> cells = new ArrayList<>();
        for (long ino : directories) {
            keys.add(Keys.dir(ino));
            cells.add(Keys.cells(ino));
        }
        for (long ino : hard) {
            keys.add(Keys.inodeRef(ino));
        }
        Map<Key, Value> values;
        try {
            values = client.reader().get(keys, cells);
        } catch (FsException e) {
            boolean tooWide = e.getCause() instanceof MetaException cause && cause.kind() == MetaException.Kind.INVALID;
            if (!tooWide || directories.size() <= ATTRS_AT_LEAST) {
                throw e;
            }
            int half = directories.size() / 2;
            readAttrs(directories.subList(0, half), hard, found);
            readAttrs(directories.subList(half, directories.size()), List.of(), found);
            return;
        }
        Map<Long, DirCell> sums = new HashMap<>();
        for (Map.Entry<Key, Value> row : values.entrySet()) {
            if (row.getKey().name().at(0) == '#') {
                DirCell cell = DirCell.of(Cell.decode(row.getValue().bytes()));
                sums.merge(Keys.numberIn(row.getKey().partition()), cell, DirCell::plus);
            }
        }
        for (long ino : directories) {
            Value value = values.get(Keys.dir(ino));
            if (value != null) {
                DirRecord record = DirRecord.decode(value.bytes());
                found.put(ino, attr(ino, record, sums.getOrDefault(ino, DirCell.ZERO)));
            }
        }
        for (long ino : hard) {
            Value value = values.get(Keys.inodeRef(ino));
            if (value != null && InodeRef.decode(value.bytes()) instanceof InodeRef.Full(FileRecord file)) {
                found.put(ino, file.attr(ino));
            }
        }
    }

    private static List<Long> part(List<Long> inos, int from) {
        return inos.subList(Math.min(from, inos.size()), Math.min(from + ATTRS_AT_ONCE, inos.size()));
    }
}

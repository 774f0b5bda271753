package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Usage;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Transaction;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a file or a tree by reference: the copy has records of its own and shares the blobs. Attributes stay as they are; of a hard-linked file each name becomes a
 * file of its own.
 *
 * <p>A file is one commit. A tree is built in a directory that has no name, and appears whole by one last commit. Each file in it is as it was at some moment
 * while the tree was copied. A tree that was not finished is removed by garbage collection when its session is over.
 *
 * <p>Concurrency: one thread per clone.
 */
public final class TreeClone {
    private static final Logger LOG = LoggerFactory.getLogger(TreeClone.class);

    private static final int PAGE = 200;

    /** Times that a file is looked at again because it changed while it was copied. */
    private static final int ATTEMPTS_MAX = 20;

    private final Client client;
    private final Reader reader;
    private final Usage usage;
    private final BlobIds ids;
    private final Pages pages;
    private final GenerationWriter generations;
    private final @Nullable CloneOwner owner;
    private final LongConsumer progress;
    private long files;
    private long directories;
    private long bytes;

    /**
     * A clone to be made.
     *
     * @param ids the session's blob ids
     * @param owner whose the copy is; null to keep owners and modes
     * @param progress told the number of inodes copied so far, now and then; what it throws ends the clone
     */
    public TreeClone(Client client, Usage usage, BlobIds ids, @Nullable CloneOwner owner, LongConsumer progress) {
        this.client = client;
        this.reader = client.reader();
        this.usage = usage;
        this.ids = ids;
        this.pages = new Pages(reader);
        this.generations = new GenerationWriter(client.transactions());
        this.owner = owner;
        this.progress = progress;
    }

    /**
     * Clones what a name leads to.
     *
     * @throws FsException ENOENT where the source or the target's directory is missing, EEXIST where the target is there, EDQUOT
     */
    public CloneReport clone(long sourceParent, Name source, long targetParent, Name target) throws FsException {
        client.transactions().requireWritable();
        try {
            Value value = reader.get(Keys.entry(sourceParent, source));
            if (value == null) {
                throw new FsException(Errno.ENOENT, source + " is not there");
            }
            if (EntryRecord.decode(value.bytes()) instanceof EntryRecord.Directory(long directory)) {
                tree(directory, targetParent, target);
            } else {
                file(sourceParent, source, targetParent, target);
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        return new CloneReport(files, directories, bytes);
    }

    // One file.

    private void file(long sourceParent, Name source, long targetParent, Name target)
            throws FsException, MetaException {
        for (int attempt = 1; ; attempt++) {
            try (PublishScope scope = scope()) {
                CloneItem item = item(sourceParent, source, targetParent, target, scope);
                if (item == null) {
                    throw new FsException(Errno.ENOENT, source + " is not there any more");
                }
                client.transactions().run(tx -> {
                    DirRecord above = requireTarget(tx, targetParent, target);
                    Batch batch = new Batch(Map.of());
                    if (!batch.add(List.of(), item.present(), item.writes(), item.deltas())) {
                        throw new FsException(Errno.E2BIG, source + " has too many extended attributes to be cloned");
                    }
                    batch.writeTo(tx);
                    count(tx, targetParent, 1, 0, true);
                    usage.charge(tx, above.quotaRoot(), item.file().allocatedBytes(), 1);
                    return true;
                });
                copied(item);
                return;
            } catch (FsException e) {
                // The file was overwritten meanwhile and what it referred to is gone: look again.
                if (e.errno() != Errno.EIO || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    // A tree.

    private void tree(long source, long targetParent, Name target) throws FsException, MetaException {
        Value above = reader.get(Keys.dir(targetParent));
        if (above == null) {
            throw new FsException(Errno.ENOENT, "the directory of " + target + " is not there");
        }
        requireNamed(above, target);
        if (reader.get(Keys.entry(targetParent, target)) != null) {
            throw new FsException(Errno.EEXIST, target + " is there already");
        }
        long quotaRoot = DirRecord.decode(above.bytes()).quotaRoot();
        long top = client.writer().nextInode();
        DirRecord record = directory(source, quotaRoot);
        if (record == null) {
            throw new FsException(Errno.ENOENT, "the source is not there any more");
        }
        byte[] session = ByteBuffer.allocate(Long.BYTES).putLong(ids.session()).array();
        client.transactions().run(tx -> {
            tx.put(Keys.treeInMaking(top), session);
            putDirectory(tx, source, top, record, new DirParent(0, null));
            return true;
        });
        directories++;
        boolean done = false;
        try {
            Deque<long[]> left = new ArrayDeque<>();
            left.push(new long[] {source, top});
            while (!left.isEmpty()) {
                long[] next = left.pop();
                copyEntries(next[0], next[1], quotaRoot, left);
            }
            publish(top, targetParent, target, quotaRoot);
            done = true;
        } finally {
            if (!done) {
                abandon(top);
            }
        }
    }

    /** Gives the finished tree its name. */
    private void publish(long top, long targetParent, Name target, long quotaRoot) throws FsException {
        client.transactions().run(tx -> {
            DirRecord now = requireTarget(tx, targetParent, target);
            if (now.quotaRoot() != quotaRoot) {
                throw new FsException(Errno.EAGAIN, "a quota was set or lifted around the copy meanwhile; clone again");
            }
            // With its stamp: what becomes of this commit late must not name a tree that was abandoned.
            tx.unchanged(Keys.treeInMaking(top));
            tx.delete(Keys.treeInMaking(top));
            tx.put(Keys.entry(targetParent, target), new EntryRecord.Directory(top).encode());
            tx.put(Keys.dirParent(top), new DirParent(targetParent, target).encode());
            count(tx, targetParent, 1, 1, true);
            usage.charge(tx, now.quotaRoot(), bytes, files + directories);
            return true;
        });
    }

    /** Leaves an unfinished tree to the next garbage collection, which need not wait for the end of this session. */
    private void abandon(long top) {
        try {
            client.transactions().change(tx -> {
                if (tx.get(Keys.treeInMaking(top)) != null) {
                    tx.unchanged(Keys.treeInMaking(top));
                    tx.put(Keys.treeInMaking(top), new byte[Long.BYTES]);
                }
            });
        } catch (FsException e) {
            LOG.warn("an unfinished copy stays until this session is over: {}", e.getMessage());
        }
    }

    private void copyEntries(long source, long target, long quotaRoot, Deque<long[]> left)
            throws FsException, MetaException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = reader.scan(Keys.entries(source), after, PAGE);
            List<Name> filesOfPage = new ArrayList<>();
            for (Map.Entry<Key, Value> row : page) {
                after = row.getKey().name();
                Name name = Keys.nameIn(after);
                if (EntryRecord.decode(row.getValue().bytes()) instanceof EntryRecord.Directory(long child)) {
                    long copy = copyDirectory(child, target, name, quotaRoot);
                    if (copy != 0) {
                        left.push(new long[] {child, copy});
                    }
                } else {
                    filesOfPage.add(name);
                }
            }
            copyFiles(source, target, filesOfPage);
            progress.accept(files + directories);
            if (page.size() < PAGE) {
                return;
            }
        }
    }

    private long copyDirectory(long source, long target, Name name, long quotaRoot) throws FsException, MetaException {
        DirRecord record = directory(source, quotaRoot);
        if (record == null) {
            return 0;
        }
        long copy = client.writer().nextInode();
        client.transactions().run(tx -> {
            putDirectory(tx, source, copy, record, new DirParent(target, name));
            tx.put(Keys.entry(target, name), new EntryRecord.Directory(copy).encode());
            count(tx, target, 1, 1, false);
            return true;
        });
        directories++;
        return copy;
    }

    private void copyFiles(long source, long target, List<Name> names) throws FsException, MetaException {
        int done = 0;
        int attempts = 0;
        int most = names.size();
        while (done < names.size()) {
            List<Name> some = names.subList(done, Math.min(names.size(), done + most));
            try {
                done += copySome(source, target, some);
                attempts = 0;
                most = names.size();
            } catch (FsException e) {
                // One of them was overwritten meanwhile: take them one by one, as they are now.
                if (e.errno() != Errno.EIO || ++attempts == ATTEMPTS_MAX) {
                    throw e;
                }
                most = 1;
            }
        }
    }

    private int copySome(long source, long target, List<Name> names) throws FsException, MetaException {
        try (PublishScope scope = scope()) {
            Batch batch = new Batch(Map.of());
            List<CloneItem> items = new ArrayList<>();
            int done = 0;
            for (Name name : names) {
                CloneItem item = item(source, name, target, name, scope);
                if (item != null) {
                    if (!batch.add(List.of(), item.present(), item.writes(), item.deltas())) {
                        break;
                    }
                    items.add(item);
                }
                done++;
            }
            if (done == 0) {
                throw new FsException(Errno.E2BIG, names.getFirst() + " has too many extended attributes to be cloned");
            }
            client.transactions().run(tx -> {
                batch.writeTo(tx);
                if (!items.isEmpty()) {
                    count(tx, target, items.size(), 0, false);
                }
                return true;
            });
            items.forEach(this::copied);
            return done;
        }
    }

    /** Prepares the copy of a file as it is now; null if it is gone. Many extents are written as pages at once. */
    private @Nullable CloneItem item(long sourceParent, Name source, long targetParent, Name target, PublishScope scope)
            throws FsException, MetaException {
        Found found = find(sourceParent, source);
        if (found == null) {
            return null;
        }
        long ino = client.writer().nextInode();
        FileRecord file = owned(found.file()).withNlink(1).withCtime(client.now());
        List<Key> present = new ArrayList<>();
        List<Write> writes = new ArrayList<>();
        Map<BlobId, Long> deltas = new HashMap<>();
        switch (file.layout()) {
            case Layout.Inline inline -> {}
            case Layout.Extents(List<Extent> extents) ->
                extents.forEach(extent -> deltas.merge(extent.blob(), extent.lengthBytes(), Long::sum));
            case Layout.Paged(BlobId generation, int count, long extentCount) -> {
                List<Extent> extents = pages.extents(found.ino(), generation, 0, Long.MAX_VALUE);
                if (!found.equals(find(sourceParent, source))) {
                    throw new FsException(Errno.EIO, source + " changed while it was read");
                }
                BlobId copy = scope.generation(ino);
                int pageCount = generations.write(ino, copy, extents, scope);
                file = file.withContent(
                        file.sizeBytes(), file.allocatedBytes(), new Layout.Paged(copy, pageCount, extents.size()));
                present.add(Keys.pagesInMaking(ino, copy));
                writes.add(new Write.Delete(Keys.pagesInMaking(ino, copy)));
            }
        }
        for (Bytes name : file.attributes().largeXattrs()) {
            Value value = reader.get(Keys.xattr(found.ino(), name));
            if (value != null) {
                writes.add(new Write.Put(Keys.xattr(ino, name), value.bytes()));
            }
        }
        writes.add(new Write.Put(Keys.entry(targetParent, target), new EntryRecord.Embedded(ino, file).encode()));
        writes.add(new Write.Put(Keys.inodeRef(ino), new InodeRef.At(targetParent, target).encode()));
        return new CloneItem(target, file, present, writes, deltas);
    }

    private @Nullable Found find(long parent, Name name) throws FsException, MetaException {
        Value value = reader.get(Keys.entry(parent, name));
        if (value == null) {
            return null;
        }
        return switch (EntryRecord.decode(value.bytes())) {
            case EntryRecord.Embedded(long ino, FileRecord file) -> new Found(ino, file, value);
            case EntryRecord.Hard hard -> {
                Value ref = reader.get(Keys.inodeRef(hard.ino()));
                yield ref != null && InodeRef.decode(ref.bytes()) instanceof InodeRef.Full(FileRecord file)
                        ? new Found(hard.ino(), file, ref)
                        : null;
            }
            case EntryRecord.Directory directory -> null;
        };
    }

    private @Nullable DirRecord directory(long source, long quotaRoot) throws FsException, MetaException {
        Value value = reader.get(Keys.dir(source));
        if (value == null) {
            return null;
        }
        DirRecord record = DirRecord.decode(value.bytes()).withQuotaRoot(quotaRoot);
        return owner == null ? record : record.with(owner.of(record.attributes()));
    }

    private FileRecord owned(FileRecord file) {
        return owner == null ? file : file.with(owner.of(file.attributes()));
    }

    private void putDirectory(Transaction tx, long source, long ino, DirRecord record, DirParent parent)
            throws FsException {
        tx.put(Keys.dir(ino), record.encode());
        tx.put(Keys.dirParent(ino), parent.encode());
        for (Bytes name : record.attributes().largeXattrs()) {
            Value value = tx.get(Keys.xattr(source, name));
            if (value != null) {
                tx.put(Keys.xattr(ino, name), value.bytes());
            }
        }
    }

    private static void requireNamed(Value directory, Name name) throws FsException, MetaException {
        if (DirRecord.decode(directory.bytes()).inTrash()) {
            throw new FsException(Errno.ENOENT, "the directory of " + name + " was removed");
        }
    }

    private DirRecord requireTarget(Transaction tx, long parent, Name name) throws FsException, MetaException {
        Value value = tx.get(Keys.dir(parent));
        if (value == null) {
            throw new FsException(Errno.ENOENT, "the directory of " + name + " is not there");
        }
        requireNamed(value, name);
        if (tx.get(Keys.entry(parent, name)) != null) {
            throw new FsException(Errno.EEXIST, name + " is there already");
        }
        tx.unchanged(Keys.dir(parent));
        tx.absent(Keys.entry(parent, name));
        return DirRecord.decode(value.bytes());
    }

    /** Counts new entries of a directory; times move on only where the directory is somebody's already. */
    private void count(Transaction tx, long directory, long entries, long subdirectories, boolean visible)
            throws FsException {
        Key cell = Keys.cell(directory, DirCell.of(client.writer().number()));
        DirCell change = visible
                ? DirCell.change(entries, subdirectories, client.now())
                : new DirCell(entries, subdirectories, 0, 0);
        tx.merge(cell, change.toCell());
    }

    private void copied(CloneItem item) {
        files++;
        bytes += item.file().allocatedBytes();
    }

    private PublishScope scope() {
        return new PublishScope(ids, (blob, content) -> {
            throw new IllegalStateException("a clone stores nothing");
        });
    }

    /** A source file: where its record was and what it was. */
    private record Found(long ino, FileRecord file, Value value) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Found found
                    && found.ino == ino
                    && found.value.stamp().equals(value.stamp());
        }

        @Override
        public int hashCode() {
            return Long.hashCode(ino);
        }
    }
}

package dev.leat.meta.usage;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;

/** Adds up what a tree uses, by walking it. */
final class TreeCount {
    private static final int PAGE = 1_000;

    private final Client client;
    private final Set<Long> linked = new HashSet<>();
    private final Map<Long, Integer> cells = new HashMap<>();
    private Used used = Used.NOTHING;

    TreeCount(Client client) {
        this.client = client;
    }

    /** What is below a directory, or in the volume (0). */
    Used of(long directory) throws FsException {
        Deque<Long> next = new ArrayDeque<>();
        next.add(directory == 0 ? MetaFs.ROOT : directory);
        if (directory == 0) {
            // What is in the trash still takes room; the buckets themselves are not counted.
            subdirectories(client.reader(), MetaFs.TRASH, next::push);
        }
        while (!next.isEmpty()) {
            count(next.pop(), next);
        }
        return used;
    }

    /**
     * Whether no directory that was counted has gained or lost a name since. Together with an unchanged count of what is used, which every change of a size
     * changes, the tree was then as it was counted at one instant: the one when the counting ended.
     */
    boolean isStill() throws FsException {
        for (Map.Entry<Long, Integer> directory : cells.entrySet()) {
            if (fingerprint(directory.getKey()) != directory.getValue()) {
                return false;
            }
        }
        return true;
    }

    private int fingerprint(long directory) throws FsException {
        int all = 0;
        for (Map.Entry<Key, Value> cell :
                client.reader().get(List.of(), List.of(Keys.cells(directory))).entrySet()) {
            // In whatever order they come.
            all += Objects.hash(cell.getKey(), cell.getValue().stamp());
        }
        return all;
    }

    private void count(long directory, Deque<Long> next) throws FsException {
        // Before its names are read.
        cells.put(directory, fingerprint(directory));
        walk(client.reader(), directory, entry -> {
            switch (entry) {
                case EntryRecord.Directory(long ino) -> {
                    used = used.plus(0, 1);
                    next.push(ino);
                }
                case EntryRecord.Embedded(long ino, FileRecord file) -> used = used.plus(file.allocatedBytes(), 1);
                case EntryRecord.Hard hard -> {
                    if (linked.add(hard.ino())) {
                        Value value = client.reader().get(Keys.inodeRef(hard.ino()));
                        if (value != null && InodeRef.decode(value.bytes()) instanceof InodeRef.Full(FileRecord file)) {
                            used = used.plus(file.allocatedBytes(), 1);
                        }
                    }
                }
            }
        });
    }

    static void subdirectories(Reader reader, long directory, LongConsumer consumer) throws FsException {
        walk(reader, directory, entry -> {
            if (entry instanceof EntryRecord.Directory(long ino)) {
                consumer.accept(ino);
            }
        });
    }

    private static void walk(Reader reader, long directory, Visitor visitor) throws FsException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = reader.scan(Keys.entries(directory), after, PAGE);
            try {
                for (Map.Entry<Key, Value> row : page) {
                    after = row.getKey().name();
                    visitor.visit(EntryRecord.decode(row.getValue().bytes()));
                }
            } catch (MetaException e) {
                throw Failures.of(e);
            }
            if (page.size() < PAGE) {
                return;
            }
        }
    }

    /** Is shown an entry. */
    private interface Visitor {
        void visit(EntryRecord entry) throws FsException, MetaException;
    }
}

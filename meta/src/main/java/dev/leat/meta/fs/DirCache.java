package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.ValueCache;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the static parts of directories and entries seen not long ago. That serves two ends:
 *
 * <ul>
 *   <li>Making something in a directory, and removing, renaming or publishing what was just looked up or made, needs no read before the
 *       commit, which checks the stamps: what others change meanwhile costs a second try, and the feed makes that rare. For this any value will do.
 *   <li>A name or attributes are told without asking the engine, as the kernel itself would tell them if it still had them: while the feed is fresh,
 *       and only from values that are <em>sure</em>.
 * </ul>
 *
 * <p>A value is sure if nothing happened to its key from before it was read, or committed, until it got here, and nothing since: no commit of this
 * client began or ended, the feed told of none by another one, and no part of the feed was lost. So a read that was
 * overtaken by a change puts nothing old back. That is counted for stripes of keys, of which two keys may share one; then a value is taken for less sure than it is.
 *
 * <p>Concurrency: one lock; all methods are short.
 */
final class DirCache implements ValueCache, KeyWatch {
    /** A few MiB; a mount rarely works in more directories at a time. */
    private static final int DIRECTORIES = 10_000;

    /** All entries together, at {@link #entryBytes} each: 50,000 of usual length, 4,500 with 4 KiB of content. More would show in the memory of a walk over a large tree, and help nobody there. */
    private static final long ENTRIES_BYTES_MAX = 20L << 20;

    /** What an entry takes beside its name and value: objects, the map's node and table. */
    private static final int ENTRY_OVERHEAD_BYTES = 260;

    /** Entries with a file's content in them are kept too, up to this size. */
    private static final int VALUE_BYTES_MAX = 4608;

    /** A power of two, large beside the commits and reads under way at a time. */
    private static final int STRIPES = 4096;

    private final Recent records = new Recent(DIRECTORIES, Long.MAX_VALUE);
    private final Recent entries = new Recent(Integer.MAX_VALUE, ENTRIES_BYTES_MAX);
    private final WatchedDirectories watched = new WatchedDirectories();
    private final long[] keyChanged = new long[STRIPES];
    private final long[] partitionChanged = new long[STRIPES];

    /** Keys in a stripe of partitions that commits under way write. */
    private final int[] underWay = new int[STRIPES];

    private final boolean answers;
    private volatile BooleanSupplier fresh = () -> false;
    private long now;
    private long lost;
    private boolean inDoubt;

    /**
     * Nothing remembered yet.
     *
     * @param answers whether names and attributes may be told from memory; else it only saves reads before commits
     */
    DirCache(boolean answers) {
        this.answers = answers;
    }

    /** Sets what tells whether everything that others did until just now was heard of; until then nothing is sure. */
    void trustWhile(BooleanSupplier feedFresh) {
        fresh = feedFresh;
    }

    // What is sure.

    /** Whether answers may be given. */
    boolean answers() {
        return answers && fresh.getAsBoolean();
    }

    /** The value that a key has, null if that is not known. */
    @Nullable
    Value sure(Key key) {
        Recent map = of(key);
        if (map == null || !answers()) {
            return null;
        }
        synchronized (this) {
            Remembered found = map.get(key);
            return found == null || !found.sure ? null : found.value;
        }
    }

    /** Whether there is surely nothing at an entry's key. */
    boolean absent(Key entry) {
        if (!answers()) {
            return false;
        }
        synchronized (this) {
            return watched.absent(entry);
        }
    }

    /** Counters and times of a directory, null if they are not known. */
    @Nullable
    DirCell cells(long directory) {
        if (!answers()) {
            return null;
        }
        synchronized (this) {
            return watched.cells(Keys.directory(directory));
        }
    }

    /** Whether surely nothing happened to a key since a {@link #moment}. */
    boolean unchangedSince(long moment, Key key) {
        if (!fresh.getAsBoolean()) {
            return false;
        }
        synchronized (this) {
            return quietSince(moment, key);
        }
    }

    /** Whether surely nothing happened to any key of a partition since a {@link #moment}. */
    boolean partitionUnchangedSince(long moment, Bytes partition) {
        if (!fresh.getAsBoolean()) {
            return false;
        }
        synchronized (this) {
            return quietSince(moment, partition);
        }
    }

    /** The cells of a directory were read. */
    void readCells(long directory, DirCell cells, long began) {
        if (!answers()) {
            return;
        }
        Bytes partition = Keys.directory(directory);
        synchronized (this) {
            // What is under way may be in these cells, and will be added to them when it is decided.
            if (quietSince(began, partition) && isIdle(partition)) {
                watched.read(partition, cells);
            }
        }
    }

    /** Begins to watch a directory of which all names are to be read; null if a commit under way may add one that would be missed. */
    synchronized WatchedDirectories.@Nullable Watched watch(long directory) {
        Bytes partition = Keys.directory(directory);
        return isIdle(partition) ? watched.watchNames(partition) : null;
    }

    /** Some names of a watched directory were read; false if somebody else has changed it since it is watched, and it is no use to read on. */
    synchronized boolean list(long directory, WatchedDirectories.Watched since, List<Bytes> entryNames) {
        return watched.list(Keys.directory(directory), since, entryNames);
    }

    /** All names of a watched directory were read. */
    synchronized void listed(long directory, WatchedDirectories.Watched since) {
        watched.listed(Keys.directory(directory), since);
    }

    // What is told.

    @Override
    public @Nullable Value get(Key key) {
        Recent map = of(key);
        if (map == null) {
            return null;
        }
        synchronized (this) {
            Remembered found = map.get(key);
            return found == null ? null : found.value;
        }
    }

    @Override
    public void put(Key key, @Nullable Value value) {
        Recent map = of(key);
        if (map != null) {
            synchronized (this) {
                map.put(key, value, false);
            }
        }
    }

    @Override
    public synchronized long moment() {
        return now;
    }

    @Override
    public void seen(Key key, @Nullable Value value, long began) {
        Recent map = of(key);
        if (map == null) {
            return;
        }
        synchronized (this) {
            if (quietSince(began, key)) {
                map.put(key, value, true);
                return;
            }
            // It may be older than what is remembered. Where they agree that stays as sure as it was.
            Remembered before = map.get(key);
            if (before == null || value == null || !before.value.stamp().equals(value.stamp())) {
                map.put(key, value, false);
            }
        }
    }

    @Override
    public synchronized long committing(List<Write> writes) {
        happensTo(writes);
        for (Write write : writes) {
            Recent map = of(write.key());
            if (map != null) {
                map.doubt(write.key());
            }
            watched.committing(write);
            underWay[stripe(write.key().partition().hashCode())]++;
        }
        return now;
    }

    @Override
    public synchronized void applied(List<Write> writes, Set<Long> born, Stamp stamp, long began) {
        for (long directory : born) {
            Bytes partition = Keys.directory(directory);
            if (answers() && quietSince(began, partition)) {
                watched.made(partition);
            }
        }
        for (Write write : writes) {
            Recent map = of(write.key());
            if (map != null) {
                Value value = write instanceof Write.Put(Key key, byte[] bytes) ? new Value(bytes, stamp) : null;
                map.put(write.key(), value, quietSince(began, write.key()));
            }
            watched.applied(write);
        }
        // Reads that began while it was on its way may have seen the state before it.
        happensTo(writes);
        decided(writes);
    }

    @Override
    public synchronized void refused(List<Write> writes) {
        decided(writes);
    }

    @Override
    public synchronized void undecided(List<Write> writes) {
        inDoubt = true;
        happensTo(writes);
        decided(writes);
        for (Write write : writes) {
            Recent map = of(write.key());
            if (map != null) {
                map.put(write.key(), null, false);
            }
            watched.undecided(write);
        }
    }

    @Override
    public synchronized void changed(Key key) {
        happensTo(key);
        watched.remove(key.partition());
        Recent map = of(key);
        if (map != null) {
            map.put(key, null, false);
        }
    }

    @Override
    public synchronized void lost() {
        lost = ++now;
        inDoubt = false;
        records.clear();
        entries.clear();
        watched.clear();
    }

    /** Hears what the feed tells of this client's own commits: news only if one was in doubt, which may take effect at any time. */
    KeyWatch ownCommits() {
        return new KeyWatch() {
            @Override
            public void changed(Key key) {
                synchronized (DirCache.this) {
                    if (inDoubt) {
                        DirCache.this.changed(key);
                    }
                }
            }

            @Override
            public void lost() {
                DirCache.this.lost();
            }
        };
    }

    private void decided(List<Write> writes) {
        for (Write write : writes) {
            underWay[stripe(write.key().partition().hashCode())]--;
        }
    }

    private boolean isIdle(Bytes partition) {
        return underWay[stripe(partition.hashCode())] == 0;
    }

    private void happensTo(List<Write> writes) {
        now++;
        for (Write write : writes) {
            mark(write.key());
        }
    }

    private void happensTo(Key key) {
        now++;
        mark(key);
    }

    private void mark(Key key) {
        keyChanged[stripe(key.hashCode())] = now;
        partitionChanged[stripe(key.partition().hashCode())] = now;
    }

    private boolean quietSince(long began, Key key) {
        return lost <= began && keyChanged[stripe(key.hashCode())] <= began;
    }

    private boolean quietSince(long began, Bytes partition) {
        return lost <= began && partitionChanged[stripe(partition.hashCode())] <= began;
    }

    private static int stripe(int hash) {
        return ((hash * 0x9E3779B9) >>> 16) & (STRIPES - 1);
    }

    private @Nullable Recent of(Key key) {
        if (!Keys.isDirectory(key.partition())) {
            return null;
        }
        if (Keys.isEntry(key.name())) {
            return entries;
        }
        return key.name().length() == 1 && key.name().at(0) == '.' ? records : null;
    }

    private static long entryBytes(Key key, Value value) {
        return ENTRY_OVERHEAD_BYTES + (long) key.name().length() + value.bytes().length;
    }

    /** A value, and whether it is the one that the key has. */
    private record Remembered(Value value, boolean sure) {}

    /** The least recently used go first. */
    private static final class Recent {
        private final LinkedHashMap<Key, Remembered> map = new LinkedHashMap<>(16, 0.75f, true);
        private final int most;
        private final long bytesMax;
        private long bytes;

        Recent(int most, long bytesMax) {
            this.most = most;
            this.bytesMax = bytesMax;
        }

        @Nullable
        Remembered get(Key key) {
            return map.get(key);
        }

        /** Sets a value, or with null forgets it. */
        void put(Key key, @Nullable Value value, boolean sure) {
            Remembered before = map.remove(key);
            if (before != null) {
                bytes -= entryBytes(key, before.value);
            }
            if (value == null || value.bytes().length > VALUE_BYTES_MAX) {
                return;
            }
            map.put(key, new Remembered(value, sure));
            bytes += entryBytes(key, value);
            while (map.size() > most || bytes > bytesMax) {
                Map.Entry<Key, Remembered> eldest = map.pollFirstEntry();
                bytes -= entryBytes(eldest.getKey(), eldest.getValue().value);
            }
        }

        /** A value is not sure any more. */
        void doubt(Key key) {
            Remembered found = map.get(key);
            if (found != null && found.sure) {
                map.put(key, new Remembered(found.value, false));
            }
        }

        void clear() {
            map.clear();
            bytes = 0;
        }
    }
}

package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Write;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.Keys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Directories that nobody else has changed since this client made or read them. Where all names are known a name that is not there yet is told without a
 * read; what the cells were, and what this client's commits have added, makes the directory's attributes.
 *
 * <p>A name is added before its commit is sent, and stays when it is removed: a name that is not among them is surely not there, one that is
 * may be. Of names only hashes are kept, 16 bytes each; two names with one hash cost a read, nothing more.
 *
 * <p>Concurrency: guarded by {@link DirCache}.
 */
final class WatchedDirectories {
    private static final int DIRECTORIES_MAX = 10_000;

    /** In all directories together: 16 MiB. */
    private static final int NAMES_MAX = 1_000_000;

    private final Map<Bytes, Watched> known = new LinkedHashMap<>(16, 0.75f, true);
    private long names;

    /** What is known of a directory. */
    static final class Watched {
        /** Null where only the attributes are watched: names nobody asks for would crowd out those of other directories. */
        private @Nullable HashSet64 names;

        /** Whether {@link #names} are all there are. */
        private boolean complete;

        /** Null where they cannot be told from what was read and this client's commits. */
        private @Nullable DirCell cells;
    }

    /** A directory was made, with nothing in it. */
    void made(Bytes partition) {
        remove(partition);
        Watched watched = watchNames(partition);
        watched.complete = true;
        watched.cells = DirCell.ZERO;
    }

    /** Begins to watch a directory's names, if they are not watched yet: those that are put from now on are not missed. */
    Watched watchNames(Bytes partition) {
        Watched watched = watch(partition);
        if (watched.names == null) {
            watched.names = new HashSet64();
        }
        return watched;
    }

    private Watched watch(Bytes partition) {
        Watched watched = known.computeIfAbsent(partition, _ -> new Watched());
        trim();
        return watched;
    }

    /** A directory's cells were read, and nothing has happened to them since. */
    void read(Bytes partition, DirCell cells) {
        watch(partition).cells = cells;
    }

    /** Names of a directory were read; whether it is still watched as when that began. */
    boolean list(Bytes partition, Watched watched, List<Bytes> entryNames) {
        if (known.get(partition) != watched) {
            return false;
        }
        for (Bytes name : entryNames) {
            add(watched, name);
        }
        trim();
        return true;
    }

    /** All names of a directory were read. */
    void listed(Bytes partition, Watched watched) {
        if (known.get(partition) == watched) {
            watched.complete = true;
        }
    }

    private void add(Watched watched, Bytes name) {
        if (watched.names != null && watched.names.add(hash(name))) {
            names++;
        }
    }

    /** Somebody else changed something in a directory, or it is gone. */
    void remove(Bytes partition) {
        Watched gone = known.remove(partition);
        if (gone != null && gone.names != null) {
            names -= gone.names.size();
        }
    }

    void clear() {
        known.clear();
        names = 0;
    }

    boolean absent(Key entry) {
        Watched watched = known.get(entry.partition());
        return watched != null
                && watched.complete
                && watched.names != null
                && !watched.names.contains(hash(entry.name()));
    }

    @Nullable
    DirCell cells(Bytes partition) {
        Watched watched = known.get(partition);
        return watched == null ? null : watched.cells;
    }

    void committing(Write write) {
        Watched watched = known.get(write.key().partition());
        if (watched == null) {
            return;
        }
        Bytes name = write.key().name();
        if (Keys.isEntry(name)) {
            if (write instanceof Write.Put) {
                add(watched, name);
                trim();
            }
        } else if (isCell(name) && !(write instanceof Write.Merge)) {
            watched.cells = null;
        } else if (write instanceof Write.Delete) {
            remove(write.key().partition());
        }
    }

    void applied(Write write) {
        Watched watched = known.get(write.key().partition());
        if (watched != null && watched.cells != null && write instanceof Write.Merge merge) {
            watched.cells = watched.cells.plus(DirCell.of(merge.delta()));
        }
    }

    void undecided(Write write) {
        Watched watched = known.get(write.key().partition());
        if (watched != null && isCell(write.key().name())) {
            watched.cells = null;
        }
    }

    private void trim() {
        while (known.size() > DIRECTORIES_MAX || names > NAMES_MAX) {
            remove(known.keySet().iterator().next());
        }
    }

    private static boolean isCell(Bytes name) {
        return name.at(0) == '#';
    }

    /** FNV-1a with 64 bits, and a final mix; see the IETF draft draft-eastlake-fnv. Never 0, which marks a free place. */
    private static long hash(Bytes name) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : name.unsafeArray()) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        return hash == 0 ? 1 : hash;
    }

    /** A set of numbers other than 0, half full at most. */
    private static final class HashSet64 {
        private long[] table = new long[16];
        private int size;

        int size() {
            return size;
        }

        boolean contains(long number) {
            return table[place(table, number)] == number;
        }

        boolean add(long number) {
            int place = place(table, number);
            if (table[place] == number) {
                return false;
            }
            table[place] = number;
            if (++size > table.length / 2) {
                long[] larger = new long[2 * table.length];
                for (long each : table) {
                    if (each != 0) {
                        larger[place(larger, each)] = each;
                    }
                }
                table = larger;
            }
            return true;
        }

        /** Where a number is, or would be. */
        private static int place(long[] table, long number) {
            int place = (int) ((number * 0x9E3779B97F4A7C15L) >>> 40) & (table.length - 1);
            while (table[place] != 0 && table[place] != number) {
                place = (place + 1) & (table.length - 1);
            }
            return place;
        }
    }
}

package dev.leat.dataset.tree;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of one directory at one moment, in order. Names that no file system can show are left out and counted: empty ones,
 * {@code .} and {@code ..}, with a slash or a NUL, longer than 255 bytes, or no UTF-8. Where a file and a directory have the
 * same name the directory is shown.
 */
public final class Listing {
    private static final int NAME_BYTES_MAX = 255;

    /** Stands for what could not be read as text. */
    private static final char UNREADABLE = '\uFFFD';

    private final List<SourceEntry> entries;
    private final int hidden;
    private final long bornNs;

    private Listing(List<SourceEntry> entries, int hidden, long bornNs) {
        this.entries = entries;
        this.hidden = hidden;
        this.bornNs = bornNs;
    }

    /** Takes names as a source gives them. */
    static final class Builder {
        private final List<SourceEntry> entries = new ArrayList<>();
        private int hidden;

        /** Takes one. */
        boolean add(SourceEntry entry) {
            if (isShown(entry.name())) {
                entries.add(entry);
            } else {
                hidden++;
            }
            return true;
        }

        Listing build(long bornNs) {
            SourceEntry[] sorted = entries.toArray(SourceEntry[]::new);
            // Directories first among equals.
            Arrays.sort(
                    sorted,
                    Comparator.comparing(SourceEntry::name)
                            .thenComparing(entry -> entry.facts().kind() != EntryKind.DIRECTORY));
            List<SourceEntry> unique = new ArrayList<>(sorted.length);
            for (SourceEntry entry : sorted) {
                if (!unique.isEmpty() && unique.getLast().name().equals(entry.name())) {
                    hidden++;
                } else {
                    unique.add(entry);
                }
            }
            return new Listing(unique, hidden, bornNs);
        }
    }

    private static boolean isShown(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            return false;
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.indexOf(UNREADABLE) >= 0) {
            return false;
        }
        return name.length() <= NAME_BYTES_MAX / 3 || name.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX;
    }

    /** No names, since ever. */
    static Listing none(long bornNs) {
        return new Listing(List.of(), 0, bornNs);
    }

    /** The same with some directories, which cover what has their names. */
    Listing covered(Collection<String> directories) {
        Builder all = new Builder();
        for (String directory : directories) {
            SourceEntry there = find(directory);
            if (there != null && there.facts().kind() == EntryKind.DIRECTORY) {
                all.add(there);
            } else {
                all.add(new SourceEntry(directory, Facts.directory(Facts.UNKNOWN)));
            }
        }
        for (SourceEntry entry : entries) {
            if (!directories.contains(entry.name())) {
                all.add(entry);
            }
        }
        return new Listing(all.build(bornNs).entries, hidden, bornNs);
    }

    /** The entries in order of their names. */
    public List<SourceEntry> entries() {
        return entries;
    }

    /** Names that are left out. */
    public int hidden() {
        return hidden;
    }

    /** When it was asked for, by the monotonic clock. */
    long bornNs() {
        return bornNs;
    }

    /** The place of a name; negative if there is none. */
    int indexOf(String name) {
        int low = 0;
        int high = entries.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = entries.get(middle).name().compareTo(name);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The entry of a name. */
    @Nullable
    SourceEntry find(String name) {
        int index = indexOf(name);
        return index < 0 ? null : entries.get(index);
    }
}

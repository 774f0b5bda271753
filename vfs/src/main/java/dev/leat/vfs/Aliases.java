package dev.leat.vfs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Second numbers of inodes towards the kernel. While somebody has a clean file open whose content others have replaced,
 * the kernel's node of that inode stands for the old content; who opens the file anew gets a node with another number, an
 * alias. Aliases are negative, so that no inode has such a number, and are forgotten when the kernel forgets the node.
 *
 * <p>All but {@link #ino} and {@link #any} under the monitor of {@link Inodes}.
 */
final class Aliases {
    private static final class Alias {
        final long ino;
        long lookups;

        Alias(long ino) {
            this.ino = ino;
        }
    }

    private final ConcurrentHashMap<Long, Alias> aliases = new ConcurrentHashMap<>();
    private final Map<Long, Long> latest = new HashMap<>();
    private long made;

    /** Whether there is any. */
    boolean any() {
        return !aliases.isEmpty();
    }

    /** The inode that a node stands for; null for an alias that is not known. */
    @Nullable
    Long ino(long node) {
        if (node >= 0) {
            return node;
        }
        Alias alias = aliases.get(node);
        return alias == null ? null : alias.ino;
    }

    /** The alias that was made last for an inode; null if there is none. */
    @Nullable
    Long latest(long ino) {
        return latest.get(ino);
    }

    long make(long ino) {
        long node = Long.MIN_VALUE + ++made;
        aliases.put(node, new Alias(ino));
        latest.put(ino, node);
        return node;
    }

    /** The kernel is told of a node once more. */
    void lookedUp(long node) {
        Alias alias = aliases.get(node);
        if (alias != null) {
            alias.lookups++;
        }
    }

    /** The kernel drops so many of its references. */
    void forgotten(long node, long count) {
        Alias alias = aliases.get(node);
        if (alias != null) {
            alias.lookups -= count;
            if (alias.lookups <= 0) {
                aliases.remove(node);
                latest.remove(alias.ino, node);
            }
        }
    }

    /** All aliases of an inode. */
    List<Long> of(long ino) {
        List<Long> found = new ArrayList<>();
        aliases.forEach((node, alias) -> {
            if (alias.ino == ino) {
                found.add(node);
            }
        });
        return found;
    }
}

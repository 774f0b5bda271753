package dev.leat.meta.fs;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What is open here: counts of opens, which of them hold an unlinked inode, and directories that were removed while somebody may be in them. */
final class OpenInodes {
    /** Removed directories that still answer {@code fstat}: more than anybody works in at a time. */
    private static final int REMOVED_MAX = 1_000;

    private final Map<Long, Integer> counts = new ConcurrentHashMap<>();
    private final Set<Long> held = ConcurrentHashMap.newKeySet();
    private final Queue<Long> released = new ConcurrentLinkedQueue<>();
    private final Map<Long, Attr> removed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Attr> eldest) {
            return size() > REMOVED_MAX;
        }
    };

    void opened(long ino) {
        counts.merge(ino, 1, Integer::sum);
    }

    /** Undoes one {@link #opened}; after the last one the hold can go. */
    void closed(long ino) {
        Integer left = counts.computeIfPresent(ino, (key, count) -> count == 1 ? null : count - 1);
        if (left == null && held.remove(ino)) {
            released.add(ino);
        }
    }

    boolean isOpen(long ino) {
        return counts.containsKey(ino);
    }

    /** This session has a hold on the inode. */
    void held(long ino) {
        held.add(ino);
    }

    boolean isHeld(long ino) {
        return held.contains(ino);
    }

    /** An inode whose hold is to be removed; null if there is none. */
    @Nullable
    Long nextReleased() {
        return released.poll();
    }

    /** Gives a hold back that could not be removed. */
    void releaseLater(long ino) {
        released.add(ino);
    }

    /** Every hold of this session, for its end. */
    void releaseAll() {
        released.addAll(held);
        held.clear();
    }

    /** A directory was removed through this mount; its last attributes. */
    void removed(Attr last) {
        synchronized (removed) {
            removed.put(
                    last.ino(),
                    new Attr(
                            last.ino(),
                            last.type(),
                            last.mode(),
                            0,
                            last.uid(),
                            last.gid(),
                            0,
                            last.sizeBytes(),
                            last.allocatedBytes(),
                            last.atime(),
                            last.mtime(),
                            last.ctime()));
        }
    }

    /** A directory that was removed not long ago, with no names; null if it is none. */
    @Nullable
    Attr removed(long ino) {
        synchronized (removed) {
            return removed.get(ino);
        }
    }
}

package dev.leat.vfs;

import java.util.Collection;

/**
 * What no record refers to yet.
 *
 * @param files files with such bytes
 * @param bytes how many
 * @param oldestNanos for how long the oldest of them has been waiting, in nanoseconds; 0 if there is none
 */
record Waiting(int files, long bytes, long oldestNanos) {
    static final Waiting NOTHING = new Waiting(0, 0, 0);

    static Waiting of(Collection<OpenInode> inodes) {
        long now = System.nanoTime();
        int waiting = 0;
        long bytes = 0;
        long oldest = 0;
        for (OpenInode file : inodes) {
            long unpublished = file.unpublishedBytes();
            if (unpublished >= 0) {
                waiting++;
                bytes += unpublished;
                oldest = Math.max(oldest, file.unpublishedNanos(now));
            }
        }
        return new Waiting(waiting, bytes, oldest);
    }
}

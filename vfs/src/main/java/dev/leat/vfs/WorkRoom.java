package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Fs;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether the kernel may be given another file to write by itself: what it writes meets no limit of ours until it is published, so
 * there has to be room to begin with, on the disk of the work files and in the quota. Asked again a second later.
 */
final class WorkRoom {
    /** Free space of the disk below which files are written through this process, which can wait; in bytes. */
    static final long DISK_BYTES = 256L << 20;

    /** Free space of a quota below which a write is better refused at once, in bytes. */
    static final long QUOTA_BYTES = 64L << 20;

    private static final long KEPT_NANOS = 1_000_000_000;
    private static final int QUOTAS_KEPT = 1_000;

    private final Path workDirectory;
    private final MetaFs meta;

    private record Known(boolean room, long untilNanos) {}

    // Guarded by this.
    private Known disk = new Known(false, System.nanoTime());
    private final Map<Long, Known> quotas = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Known> eldest) {
            return size() > QUOTAS_KEPT;
        }
    };

    WorkRoom(Path workDirectory, MetaFs meta) {
        this.workDirectory = workDirectory;
        this.meta = meta;
    }

    /** Whether there is room for a file with the quota of {@code ino}, the file or its directory. */
    boolean isThere(long ino) {
        return onDisk() && inQuota(ino);
    }

    private synchronized boolean onDisk() {
        long now = System.nanoTime();
        if (now - disk.untilNanos >= 0) {
            boolean room;
            try {
                room = Fs.statfs(workDirectory).availableBytes() >= DISK_BYTES;
            } catch (ErrnoException e) {
                room = false;
            }
            disk = new Known(room, now + KEPT_NANOS);
        }
        return disk.room;
    }

    private boolean inQuota(long ino) {
        long now = System.nanoTime();
        synchronized (this) {
            Known known = quotas.get(ino);
            if (known != null && now - known.untilNanos < 0) {
                return known.room;
            }
        }
        boolean room;
        try {
            room = meta.statfs(ino).freeBytes() >= QUOTA_BYTES;
        } catch (FsException e) {
            room = false;
        }
        synchronized (this) {
            quotas.put(ino, new Known(room, now + KEPT_NANOS));
        }
        return room;
    }
}

package dev.leat.store.file;

import dev.leat.store.ObjectInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the file system knows of a file, links followed.
 *
 * @param sizeBytes its length
 * @param inode its number in the file system
 * @param modifiedNs last change of its bytes, in nanoseconds since 1970
 * @param isObject whether it is a regular file
 * @param isDirectory whether it is a directory
 */
record Stat(long sizeBytes, long inode, long modifiedNs, boolean isObject, boolean isDirectory) {
    private static final AtomicLong LAST_STAMP_NS = new AtomicLong();

    /** Asks the file system. */
    static Stat of(Path path) throws IOException {
        Map<String, Object> all =
                Files.readAttributes(path, "unix:size,ino,lastModifiedTime,isRegularFile,isDirectory");
        return new Stat(
                (Long) value(all, "size"),
                (Long) value(all, "ino"),
                ((FileTime) value(all, "lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                (Boolean) value(all, "isRegularFile"),
                (Boolean) value(all, "isDirectory"));
    }

    /**
     * Gives a file a modification time that no other file of this process has had. The kernel stamps with the time of the
     * last tick, 1 to 10 ms ago, and may give a freed inode number to the next file: two versions of an object could look
     * the same.
     */
    static void stamp(Path path) throws IOException {
        Instant now = Instant.now();
        long nowNs = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        long stampNs = LAST_STAMP_NS.updateAndGet(last -> Math.max(last + 1, nowNs));
        Files.setLastModifiedTime(path, FileTime.from(stampNs, TimeUnit.NANOSECONDS));
    }

    /** Changes whenever the bytes change: writers replace files (another inode) and stamp them. */
    String etag() {
        return Long.toHexString(sizeBytes) + "-" + Long.toHexString(modifiedNs) + "-" + Long.toHexString(inode);
    }

    /** The object as a listing shows it. */
    ObjectInfo info(String key) {
        return new ObjectInfo(key, sizeBytes, etag(), TimeUnit.NANOSECONDS.toMillis(modifiedNs), null);
    }

    private static Object value(Map<String, Object> all, String name) throws IOException {
        Object value = all.get(name);
        if (value == null) {
            throw new IOException("the file system does not tell the attribute " + name);
        }
        return value;
    }
}

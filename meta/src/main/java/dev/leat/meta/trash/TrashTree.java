package dev.leat.meta.trash;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Time;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Numbers and names in the trash: a directory of its own that no entry of the volume's root leads to, in it a bucket for each hour (UTC) in which something was
 * removed, in those what was removed, as {@code PARENT-INODE-NAME}.
 *
 * <p>A bucket's inode number follows from its hour. So every client knows it without asking, and two that need a new bucket at once make the same
 * one. Sessions never hand out numbers below 2³¹.
 */
public final class TrashTree {
    /** The name at the root of a mount. */
    public static final Name NAME = name(".trash");

    private static final long FIRST_BUCKET = 1L << 30;
    private static final long HOURS = 1L << 30;
    private static final long SECONDS_PER_HOUR = 3600;
    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("uuuu-MM-dd-HH", Locale.ROOT);

    private TrashTree() {}

    /**
     * What an entry of a bucket says about itself.
     *
     * @param parent the directory that it was removed from
     * @param ino its inode
     * @param name its name there, or the beginning of one that is too long
     */
    public record Origin(long parent, long ino, Name name) {}

    /** Whether this is the trash or one of its buckets; not what lies in them. */
    public static boolean isTrash(long ino) {
        return ino == MetaFs.TRASH || isBucket(ino);
    }

    /** Whether this is a bucket. */
    public static boolean isBucket(long ino) {
        return ino >= FIRST_BUCKET && ino < FIRST_BUCKET + HOURS;
    }

    /** The bucket for what is removed now. */
    static long bucket(Time now) {
        long hour = Math.floorDiv(now.seconds(), SECONDS_PER_HOUR);
        return FIRST_BUCKET + Math.clamp(hour, 0, HOURS - 1);
    }

    /** When a bucket's hour begins. */
    static Instant begin(long bucket) {
        return Instant.ofEpochSecond((bucket - FIRST_BUCKET) * SECONDS_PER_HOUR);
    }

    /** When a bucket's hour is over. */
    static Instant end(long bucket) {
        return begin(bucket).plusSeconds(SECONDS_PER_HOUR);
    }

    /** A bucket's name. */
    static Name bucketName(long bucket) {
        return name(HOUR.format(LocalDateTime.ofInstant(begin(bucket), ZoneOffset.UTC)));
    }

    /** The bucket of a name such as {@code 2026-11-21-14}, null if it cannot be one. */
    public static @Nullable Long bucketOf(String name) {
        try {
            LocalDateTime at = LocalDateTime.parse(name, HOUR).truncatedTo(ChronoUnit.HOURS);
            long hour = Math.floorDiv(at.toEpochSecond(ZoneOffset.UTC), SECONDS_PER_HOUR);
            return hour < 0 || hour >= HOURS ? null : FIRST_BUCKET + hour;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The name in a bucket. It is cut off at {@value Name#BYTES_MAX} bytes; see {@link #mayBeCut}. */
    static Name entryName(long parent, long ino, Name name) {
        byte[] head = head(parent, ino);
        byte[] own = name.bytes().unsafeArray();
        int kept = Math.min(own.length, Name.BYTES_MAX - head.length);
        byte[] bytes = new byte[head.length + kept];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(own, 0, bytes, head.length, kept);
        return new Name(Bytes.wrap(bytes));
    }

    /** Whether a name does not fit into the entry of a bucket. */
    static boolean isCut(long parent, long ino, Name name) {
        return head(parent, ino).length + name.bytes().length() > Name.BYTES_MAX;
    }

    /** Whether the name of a bucket's entry may have been cut off; the whole one is then beside the inode. */
    static boolean mayBeCut(Name entryName) {
        return entryName.bytes().length() == Name.BYTES_MAX;
    }

    /** Where an entry of a bucket came from; null if its name was not made here. */
    static @Nullable Origin origin(Name entryName) {
        byte[] bytes = entryName.bytes().unsafeArray();
        int first = dash(bytes, 0);
        int second = first < 0 ? -1 : dash(bytes, first + 1);
        if (second < 0 || second == bytes.length - 1) {
            return null;
        }
        try {
            long parent = number(bytes, 0, first);
            long ino = number(bytes, first + 1, second);
            return new Origin(parent, ino, new Name(entryName.bytes().suffix(second + 1)));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static byte[] head(long parent, long ino) {
        return (parent + "-" + ino + "-").getBytes(StandardCharsets.US_ASCII);
    }

    private static int dash(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '-') {
                return i;
            }
        }
        return -1;
    }

    private static long number(byte[] bytes, int from, int to) {
        return Long.parseLong(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
    }

    private static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}

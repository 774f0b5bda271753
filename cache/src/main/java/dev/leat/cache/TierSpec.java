package dev.leat.cache;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One tier of a cache: a medium, the directories it lies in, and its limits.
 *
 * @param medium what it is made of
 * @param directories one or more; bytes are spread over them by the room each has
 * @param quotaBytes most bytes held, over all directories together; split by the sizes of their file systems
 * @param highWatermark share of the quota above which old bytes are evicted ahead of need
 * @param lowWatermark share of the quota at which that stops
 * @param freeFloorBytes bytes of each file system that stay free for others, whatever the quota says
 * @param inodesMax most files per directory
 */
public record TierSpec(
        Medium medium,
        List<Path> directories,
        long quotaBytes,
        double highWatermark,
        double lowWatermark,
        long freeFloorBytes,
        long inodesMax) {

    /** Share of the quota above which eviction starts when nothing else is said. */
    public static final double DEFAULT_HIGH = 0.95;

    /** Share of the quota at which eviction ends when nothing else is said. */
    public static final double DEFAULT_LOW = 0.7;

    /** Left free on the file system when nothing else is said: enough for logs and a metadata file to grow, 512 MiB. */
    public static final long DEFAULT_FREE_FLOOR_BYTES = 512L << 20;

    /** Files per directory when nothing else is said: 16 TiB of 16 MiB blobs. */
    public static final long DEFAULT_INODES_MAX = 1L << 20;

    /** The smallest quota of one directory, in bytes: a few blocks of 4 MiB, below which nothing would stay. */
    public static final long QUOTA_MIN_BYTES = 16L << 20;

    /** Checks the limits. */
    public TierSpec {
        directories = List.copyOf(directories);
        if (directories.isEmpty()) {
            throw new IllegalArgumentException(
                    "a cache tier needs a directory: write SSD=/var/cache/leat,quota=100GiB");
        }
        if (quotaBytes / directories.size() < QUOTA_MIN_BYTES) {
            throw new IllegalArgumentException("cache quota " + ByteSize.format(quotaBytes) + " over "
                    + directories.size() + " directories is too small; each needs at least "
                    + ByteSize.format(QUOTA_MIN_BYTES));
        }
        if (!(lowWatermark > 0 && lowWatermark <= highWatermark && highWatermark <= 1)) {
            throw new IllegalArgumentException("cache watermarks low=" + lowWatermark + " and high=" + highWatermark
                    + " do not fit: 0 < low <= high <= 1");
        }
        if (freeFloorBytes < 0 || inodesMax < 16) {
            throw new IllegalArgumentException("cache limits free=" + freeFloorBytes + "B and inodes=" + inodesMax
                    + " do not fit: free >= 0B, inodes >= 16");
        }
    }

    /** A tier with the default watermarks, floor and inode limit. */
    public static TierSpec of(Medium medium, List<Path> directories, long quotaBytes) {
        return new TierSpec(
                medium,
                directories,
                quotaBytes,
                DEFAULT_HIGH,
                DEFAULT_LOW,
                medium == Medium.MEM ? 0 : DEFAULT_FREE_FLOOR_BYTES,
                DEFAULT_INODES_MAX);
    }

    /**
     * Reads {@code MEM|SSD|HDD=DIR[:DIR…],quota=SIZE[,high=0.95][,low=0.7][,free=SIZE][,inodes=N]}.
     *
     * @throws IllegalArgumentException with one line that says what is wrong and how to write it
     */
    public static TierSpec parse(String text) {
        String[] parts = text.split(",");
        String[] head = parts[0].split("=", 2);
        if (head.length != 2 || head[1].isBlank()) {
            throw bad(text, "does not start with a medium and a directory");
        }
        Medium medium = medium(text, head[0]);
        TierSpec defaults = of(medium, directories(head[1]), Long.MAX_VALUE / 2);
        long quota = -1;
        double high = defaults.highWatermark;
        double low = defaults.lowWatermark;
        long floor = defaults.freeFloorBytes;
        long inodes = defaults.inodesMax;
        for (int i = 1; i < parts.length; i++) {
            String[] option = parts[i].split("=", 2);
            String value = option.length == 2 ? option[1].strip() : "";
            try {
                switch (option[0].strip().toLowerCase(Locale.ROOT)) {
                    case "quota" -> quota = ByteSize.parse(value);
                    case "high" -> high = Double.parseDouble(value);
                    case "low" -> low = Double.parseDouble(value);
                    case "free" -> floor = ByteSize.parse(value);
                    case "inodes" -> inodes = Long.parseLong(value);
                    default -> throw bad(text, "has the unknown option " + option[0]);
                }
            } catch (NumberFormatException e) {
                throw bad(text, "has no number in " + parts[i]);
            }
        }
        if (quota < 0) {
            throw bad(text, "has no quota");
        }
        return new TierSpec(medium, defaults.directories, quota, high, low, floor, inodes);
    }

    /**
     * The JuiceFS way of saying it: {@code --cache-dir DIR[:DIR…] --cache-size SIZE}. A directory under {@code /dev/shm}
     * is memory, any other is taken for flash.
     */
    public static TierSpec ofCacheDir(String directories, String size) {
        List<Path> paths = directories(directories);
        boolean memory = paths.stream().allMatch(p -> p.startsWith("/dev/shm"));
        return of(memory ? Medium.MEM : Medium.SSD, paths, ByteSize.parse(size));
    }

    private static Medium medium(String text, String name) {
        for (Medium medium : Medium.values()) {
            if (medium.name().equalsIgnoreCase(name.strip())) {
                return medium;
            }
        }
        throw bad(text, "names the unknown medium " + name);
    }

    private static List<Path> directories(String text) {
        List<Path> paths = new ArrayList<>();
        for (String one : text.split(":")) {
            if (!one.isBlank()) {
                paths.add(Path.of(one.strip()));
            }
        }
        return paths;
    }

    private static IllegalArgumentException bad(String text, String what) {
        return new IllegalArgumentException("tier \"" + text + "\" " + what
                + "; write MEM|SSD|HDD=DIR[:DIR...],quota=SIZE[,high=0.95][,low=0.7][,free=SIZE][,inodes=N]");
    }
}

package dev.leat.kube.csi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mount options of JuiceFS, one by one: what a StorageClass written for it may say, and what Leat does then. */
final class JuiceFsOptions {
    private static final Logger log = LoggerFactory.getLogger(JuiceFsOptions.class);

    /** A size as JuiceFS writes it: MiB unless a unit says otherwise, which counts in powers of 1024. */
    private static final Pattern SIZE =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([KMGTP]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    private static final String UNITS = "KMGTP";

    /** The least cache that Leat has: a folder needs room for a few blocks. */
    private static final long CACHE_MIN_BYTES = 64L << 20;

    private static final long BUFFER_MIN_BYTES = 32L << 20;
    private static final long KIB = 1024;
    private static final long BITS_PER_BYTE = 8;
    private static final long MEGA = 1_000_000;

    /** Leases are five heartbeats long, here and there. */
    private static final int HEARTBEATS = 5;

    private static final Map<String, MountOption> TABLE = new LinkedHashMap<>();

    static {
        cache();
        transfer();
        metadata();
        fuse();
        identity();
        process();
        cluster();
    }

    private JuiceFsOptions() {}

    private static void add(MountOption option) {
        if (TABLE.put(option.name(), option) != null) {
            throw new IllegalStateException(option.name() + " is in the table twice");
        }
    }

    private static void served(String reason, String... names) {
        for (String name : names) {
            add(MountOption.served(name, reason));
        }
    }

    private static void moot(String reason, String... names) {
        for (String name : names) {
            add(MountOption.moot(name, reason));
        }
    }

    private static void refused(String reason, String... names) {
        for (String name : names) {
            add(MountOption.refused(name, reason));
        }
    }

    private static void cache() {
        add(MountOption.translated(
                "cache-dir",
                "--cache-dir; 'memory' is a folder of /dev/shm",
                value -> List.of("--cache-dir", folders(value))));
        add(MountOption.translated(
                "cache-size",
                "--cache-size, at least 64 MiB",
                value -> List.of("--cache-size", bytes(Math.max(CACHE_MIN_BYTES, size("cache-size", value))))));
        add(MountOption.translated(
                "buffer-size",
                "--memory, at least 32 MiB",
                value -> List.of("--memory", bytes(Math.max(BUFFER_MIN_BYTES, size("buffer-size", value))))));
        add(MountOption.translated(
                "writeback",
                "--close staged: close does not wait for the store, fsync does",
                value -> on(value) ? List.of("--close", "staged") : List.of()));
        served("each byte is checked when it is fetched, and after a crash of the machine", "verify-cache-checksum");
        served("what was written is kept for the first read", "cache-large-write");
        moot("the cache keeps blocks and small ranges alike", "cache-partial-only");
        moot(
                "the cache is bounded by its size and by the file system's free space, not by a ratio",
                "free-space-ratio");
        moot("the cache has few files, however many blocks it holds", "cache-items");
        moot("eviction follows how the data is read", "cache-eviction", "cache-expire");
        moot("the cache needs no scan", "cache-scan-interval");
        moot("cache files are for their owner alone", "cache-mode");
        moot("read-ahead follows the reader", "max-readahead", "prefetch");
        moot("nothing is staged that fsync has acknowledged", "writeback-threshold-size", "max-stage-write");
    }

    private static void transfer() {
        add(MountOption.translated(
                "upload-limit",
                "--upload-limit, from Mbit/s",
                value -> List.of("--upload-limit", bytes(rate("upload-limit", value)))));
        add(MountOption.translated(
                "download-limit",
                "--download-limit, from Mbit/s",
                value -> List.of("--download-limit", bytes(rate("download-limit", value)))));
        refused(
                "what is written is sent at once: data that only one node has is lost with it",
                "upload-delay",
                "upload-hours");
        moot(
                "requests are bounded by connections and by --requests-in-flight",
                "max-uploads",
                "max-downloads",
                "max-deletes");
        moot("requests have deadlines and are tried again within a budget", "get-timeout", "put-timeout", "io-retries");
        refused("the store belongs to the volume: 'leat config' changes it", "bucket", "storage", "storage-class");
    }

    private static void metadata() {
        add(MountOption.translated(
                "read-only", "--read-only", value -> on(value) ? List.of("--read-only") : List.of()));
        add(MountOption.translated("subdir", "--subdir", value -> List.of("--subdir", value)));
        add(MountOption.translated(
                "backup-meta", "--backup-meta", value -> List.of("--backup-meta", duration("backup-meta", value))));
        add(MountOption.translated(
                "heartbeat",
                "--lease, which is five heartbeats",
                value -> List.of("--lease", HEARTBEATS * seconds("heartbeat", value) + "s")));
        add(MountOption.translated(
                "no-bgjob",
                "--backup-meta 0s --compact-limit 0B",
                value -> on(value) ? List.of("--backup-meta", "0s", "--compact-limit", "0B") : List.of()));
        moot("backups hold the trash", "backup-skip-trash");
        moot(
                "the kernel keeps names and attributes while changes are heard of, and drops them when they change",
                "attr-cache",
                "entry-cache",
                "dir-entry-cache",
                "negative-entry-cache",
                "readdir-cache");
        moot("an open reads the file's record, which is what close-to-open means", "open-cache", "open-cache-limit");
        moot("creates in one directory do not collide", "skip-dir-nlink", "skip-dir-mtime");
        served("names are sorted", "sort-dir");
        served("the volume's size is known without asking", "fast-statfs");
    }

    private static void fuse() {
        served("requests have up to 1 MiB", "max-fuse-io");
        served("always on", "enable-xattr", "enable-cap", "async_dio");
        moot("labels of SELinux are stored as any extended attribute is", "enable-selinux");
        moot("chattr has no flags to set", "enable-ioctl");
        moot(
                "what is written goes to a local file at disk speed; the kernel's cache of writes is not needed",
                "writeback_cache");
        add(new MountOption(
                "atime-mode",
                MountOption.Fate.SERVED,
                "noatime is what there is; others are refused",
                JuiceFsOptions::noAtime));
        served("as root a mount has it", "allow_other", "default_permissions", "_netdev");
        for (String flag : List.of(
                "noatime", "nodiratime", "nodev", "nosuid", "noexec", "dev", "suid", "exec", "dirsync", "sync")) {
            add(MountOption.translated(flag, "-o " + flag, _ -> List.of("-o", flag)));
        }
        add(MountOption.translated("ro", "--read-only", _ -> List.of("--read-only")));
        served("a mount can be written to unless it is read-only", "rw");
    }

    private static void identity() {
        refused("who may do what is what the files say: change their owners", "root-squash", "all-squash");
        refused("the umask is the writer's own", "umask");
        moot(
                "the only names of its own that a mount has are .stats, .accesslog and .trash",
                "prefix-internal",
                "hide-internal");
    }

    private static void process() {
        add(MountOption.translated("metrics", "--metrics", value -> List.of("--metrics", value)));
        refused("Prometheus finds mounts by their pods", "consul");
        moot("labels are given by Prometheus when it scrapes", "custom-labels");
        moot(
                "the log goes where the pod's goes",
                "log",
                "no-syslog",
                "log-id",
                "no-color",
                "log-level",
                "verbose",
                "debug",
                "quiet",
                "trace");
        moot("nothing is reported to anybody", "no-usage-report");
        moot("there is no agent", "no-agent", "pyroscope");
        moot("the plugin decides how the daemon runs", "background", "foreground", "d", "f", "force", "update-fstab");
    }

    private static void cluster() {
        refused(
                "name workers with --workers instead",
                "cache-group",
                "cache-group-size",
                "group-weight",
                "group-backup",
                "no-sharing",
                "fill-group-cache");
        refused(
                "only JuiceFS's cloud service has it",
                "token",
                "metacache",
                "max-cached-inodes",
                "metacacheto",
                "external");
    }

    /** All of them, in the order in which the documentation shows them. */
    static List<MountOption> all() {
        return List.copyOf(TABLE.values());
    }

    /**
     * Leat's arguments for options as a StorageClass or PersistentVolume has them.
     *
     * @param options each one option, or several with commas between them
     * @throws CsiException naming an option that is refused, not known, or has a value that cannot be read
     */
    static List<String> translate(List<String> options) throws CsiException {
        List<String> arguments = new ArrayList<>();
        for (String option : split(options)) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            String value = equals < 0 ? "" : option.substring(equals + 1);
            MountOption known = TABLE.get(name);
            if (known == null) {
                throw CsiException.invalid("mount option '" + name + "' is not one of JuiceFS's; see 'mountOptions'");
            }
            if (known.fate() == MountOption.Fate.REFUSED) {
                throw CsiException.invalid("mount option '" + name + "' cannot be served: " + known.reason());
            }
            if (known.fate() == MountOption.Fate.MOOT) {
                log.info("mount option '{}' changes nothing: {}", name, known.reason());
            }
            try {
                arguments.addAll(known.arguments().apply(value));
            } catch (IllegalArgumentException e) {
                throw CsiException.invalid("mount option '" + option + "' cannot be read: " + e.getMessage());
            }
        }
        return arguments;
    }

    /** Single options, without the dashes that some people write. */
    static List<String> split(List<String> options) {
        List<String> all = new ArrayList<>();
        for (String several : options) {
            for (String one : several.split(",")) {
                String option = one.strip().replaceFirst("^(?:--|-o +)", "");
                if (!option.isEmpty()) {
                    all.add(option);
                }
            }
        }
        return all;
    }

    private static List<String> noAtime(String value) {
        if (!value.equals("noatime")) {
            throw new IllegalArgumentException("times of access are not kept; only noatime can be had");
        }
        return List.of();
    }

    private static String folders(String value) {
        return value.equals("memory") ? "/dev/shm/leat" : value;
    }

    private static boolean on(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "", "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new IllegalArgumentException("it is true or false");
        };
    }

    private static String bytes(long count) {
        return count % (KIB * KIB) == 0 ? count / (KIB * KIB) + "MiB" : count + "B";
    }

    private static long size(String name, String value) {
        Matcher matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    name + " is a number of MiB, such as 102400, or one with a unit, such as 100G");
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        int power = unit.isEmpty() ? 2 : UNITS.indexOf(unit) + 1;
        return (long) (Double.parseDouble(matcher.group(1)) * Math.pow(KIB, power));
    }

    private static long rate(String name, String value) {
        try {
            return Long.parseLong(value) * MEGA / BITS_PER_BYTE;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is a number of Mbit/s", e);
        }
    }

    private static String duration(String name, String value) {
        return seconds(name, value) + "s";
    }

    /** Seconds: a number of them, or Go's notation with one unit. */
    private static long seconds(String name, String value) {
        Matcher matcher = Pattern.compile("([0-9]+)([smh]?)").matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(name + " is a number of seconds, or one with a unit, such as 1h");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "h" -> count * 3600;
            case "m" -> count * 60;
            default -> count;
        };
    }
}

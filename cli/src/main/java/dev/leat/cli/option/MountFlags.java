package dev.leat.cli.option;

import dev.leat.cache.ByteSize;
import dev.leat.cache.TierSpec;
import dev.leat.cli.CliException;
import dev.leat.store.StoreLimits;
import dev.leat.vfs.LocalOptions;
import dev.leat.vfs.VfsOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that every mount knows. */
public final class MountFlags {
    /** Below this a single large file would stop and go. */
    private static final long UNPUBLISHED_LIMIT_MIN_BYTES = 64L << 20;

    /** Below this the pauses between two tries to publish would count as an outage. */
    private static final Duration UNPUBLISHED_AGE_MIN = Duration.ofSeconds(10);

    @Mixin
    private CacheFlags cache = new CacheFlags();

    @Mixin
    private WorkerFlags workers = new WorkerFlags();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description = "Where written bytes lie until they are published. Default: inside the first cache folder.")
    private @Nullable Path workDir;

    @Option(names = "--subdir", paramLabel = "PATH", description = "Mounts only this folder of the volume.")
    private @Nullable String subdir;

    @Option(
            names = "--durability",
            paramLabel = "store|local",
            defaultValue = "store",
            description =
                    "When fsync returns: 'store' = bytes in the store and record committed; 'local' = bytes on the disk of "
                            + "--work-dir, from where they are published a moment later, also after a power loss. Default: ${DEFAULT-VALUE}.")
    private String durability = "store";

    @Option(
            names = "--close",
            paramLabel = "flush|staged",
            description =
                    "What close waits for: 'flush' = the same as fsync; 'staged' = nothing, published within a second. "
                            + "Default: flush, with --durability local staged.")
    private @Nullable String close;

    @Option(
            names = "--unpublished-limit",
            paramLabel = "SIZE",
            defaultValue = "10GiB",
            description =
                    "With --durability local: most bytes on the work disk that wait for the store; writes beyond wait, and "
                            + "fail with ENOSPC when that takes too long. At least 64MiB. Default: ${DEFAULT-VALUE}.")
    private String unpublishedLimit = "10GiB";

    @Option(
            names = "--unpublished-age",
            paramLabel = "DURATION",
            defaultValue = "1h",
            description =
                    "With --durability local: longest time that bytes wait for the store; after it writes wait, and fail with "
                            + "EIO when that takes too long. At least 10s. Default: ${DEFAULT-VALUE}.")
    private String unpublishedAge = "1h";

    @Option(
            names = "--lease",
            paramLabel = "DURATION",
            defaultValue = "60s",
            description = "Silence after which other clients declare this one dead; at least 1s. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String lease = "60s";

    @Option(
            names = "--request-timeout",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "Longest time that a call waits for store or metadata before it fails with EIO. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String requestTimeout = "30s";

    @Option(names = "--read-only", description = "Refuses writes, and keeps no session.")
    private boolean readOnly;

    @Option(
            names = "--passthrough",
            paramLabel = "auto|on|off",
            defaultValue = "auto",
            description =
                    "Whether the kernel by itself reads large files that are whole in the cache, and writes new ones. "
                            + "'auto' = on mounts that only read, if it can (Linux 6.9, root); 'on' = or fail, also on "
                            + "mounts that can write. Default: ${DEFAULT-VALUE}.")
    private String passthrough = "auto";

    @Option(
            names = "--survive",
            paramLabel = "on|off",
            defaultValue = "on",
            description =
                    "Whether a daemon that is killed or crashes is started again and goes on, so that programs see a pause. "
                            + "In the background, as root, on Linux 6.9. Default: ${DEFAULT-VALUE}.")
    private String survive = "on";

    @Option(names = "-o", paramLabel = "OPTION[,…]", description = "Mount options as mount(8) knows them.")
    private List<String> mountOptions = new ArrayList<>();

    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description =
                    "Serves Prometheus metrics at http://HOST:PORT/metrics; without HOST on this host alone, with "
                            + "port 0 at a free port, which 'leat status' shows. Default: off.")
    private @Nullable String metrics;

    @Option(
            names = "--upload-limit",
            paramLabel = "SIZE",
            defaultValue = "0B",
            description = "Most bytes a second sent to the store, such as 100MiB; 0B for no limit.")
    private String uploadLimit = "0B";

    @Option(
            names = "--download-limit",
            paramLabel = "SIZE",
            defaultValue = "0B",
            description = "Most bytes a second read from the store, such as 100MiB; 0B for no limit.")
    private String downloadLimit = "0B";

    @Option(
            names = "--request-limit",
            paramLabel = "N",
            defaultValue = "0",
            description = "Most requests to the store in a second; 0 for no limit. Default: ${DEFAULT-VALUE}.")
    private long requestLimit;

    @Option(
            names = "--requests-in-flight",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Most requests to the store at a time; 0 for as many as it has connections, 256. Default: ${DEFAULT-VALUE}.")
    private int requestsInFlight;

    @Option(
            names = "--backup-meta",
            paramLabel = "DURATION",
            defaultValue = "1h",
            description = "How often the metadata is dumped into the store; 0s for never. Default: ${DEFAULT-VALUE}.")
    private String backupMeta = "1h";

    @Option(
            names = "--compact-limit",
            paramLabel = "SIZE",
            defaultValue = "32MiB",
            description = "Most bytes a second that compaction in the background writes, and reads as many; "
                    + "0B turns it off. Default: ${DEFAULT-VALUE}.")
    private String compactLimit = "32MiB";

    @Option(
            names = "--compact-extents",
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "A file in more pieces than this is compacted soon after a close or fsync; at least 16. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int compactExtents = 100;

    /** Levels of the cache, fastest first. */
    public List<TierSpec> tiers() {
        return cache.tiers();
    }

    /** The workers that are asked before the store is. */
    public WorkerFlags workers() {
        return workers;
    }

    /** Where written bytes lie, as asked for. */
    public @Nullable Path workDirectory() {
        return workDir == null ? null : workDir.toAbsolutePath();
    }

    /** Bound of the buffers outside the heap, in bytes. */
    public long memoryBytes() {
        return cache.memoryBytes();
    }

    /** How fast the cache's disks are read to find what rots there, in bytes a second; 0 for not at all. */
    public long scrubBytesPerSecond() {
        return cache.scrubBytesPerSecond();
    }

    /** The folder of the volume that is mounted; null for all. */
    public @Nullable String subdirectory() {
        return subdir;
    }

    /** Whether fsync returns when the bytes are on the work disk. */
    public boolean keepsLocally() {
        return switch (durability.toLowerCase(Locale.ROOT)) {
            case "store" -> false;
            case "local" -> true;
            default ->
                throw CliException.misused("--durability " + durability + " is not known; write 'store' or 'local'");
        };
    }

    /** What close means. */
    public VfsOptions.ClosePolicy closePolicy() {
        String chosen = close == null ? keepsLocally() ? "staged" : "flush" : close.toLowerCase(Locale.ROOT);
        return switch (chosen) {
            case "flush" -> VfsOptions.ClosePolicy.FLUSH;
            case "staged" -> VfsOptions.ClosePolicy.STAGED;
            default -> throw CliException.misused("--close " + close + " is not known; write 'flush' or 'staged'");
        };
    }

    /** How what is acknowledged is kept on the work disk; {@code session} and {@code boot} as in {@link LocalOptions}. Null for a mount that only reads. */
    public @Nullable LocalOptions local(long session, long boot) {
        long bytes = ByteSize.parse(unpublishedLimit);
        if (bytes < UNPUBLISHED_LIMIT_MIN_BYTES) {
            throw CliException.misused(
                    "--unpublished-limit " + unpublishedLimit + " is too little; write at least 64MiB");
        }
        Duration age = Durations.parse(unpublishedAge);
        if (age.compareTo(UNPUBLISHED_AGE_MIN) < 0) {
            throw CliException.misused("--unpublished-age " + unpublishedAge + " is too short; write at least 10s");
        }
        // A write has to be answered before the kernel's caller is told that it took too long.
        Duration patience = requestTimeout().multipliedBy(2).dividedBy(3);
        return readOnly() ? null : new LocalOptions(keepsLocally(), session, boot, bytes, age, patience);
    }

    /** Silence that others take for death. */
    public Duration lease() {
        return Durations.parse(lease);
    }

    /** Longest time that a request may take. */
    public Duration requestTimeout() {
        return Durations.parse(requestTimeout);
    }

    /** How often metadata is dumped into the store; zero for never. */
    public Duration backupInterval() {
        return Durations.parse(backupMeta);
    }

    /** Most bytes a second that background compaction writes; 0 for none. */
    public long compactBytesPerSecond() {
        return ByteSize.parse(compactLimit);
    }

    /** Pieces beyond which a file is compacted soon. */
    public int compactExtents() {
        if (compactExtents < 16) {
            throw CliException.misused(
                    "--compact-extents " + compactExtents + " is too few; write at least 16, or --compact-limit 0B");
        }
        return compactExtents;
    }

    /** Whether writes are refused. */
    public boolean readOnly() {
        return readOnly
                || mountOptions.stream()
                        .anyMatch(list -> List.of(list.split(",")).contains("ro"));
    }

    /** Whether to use something that not every machine has. */
    public enum Switch {
        /** If it can be had. */
        AUTO,
        /** Or fail. */
        ON,
        /** Not. */
        OFF
    }

    /** Whether the kernel is to serve files by itself. */
    public Switch passthrough() {
        return switch (passthrough.toLowerCase(Locale.ROOT)) {
            case "auto" -> Switch.AUTO;
            case "on" -> Switch.ON;
            case "off" -> Switch.OFF;
            default ->
                throw CliException.misused(
                        "--passthrough " + passthrough + " is not known; write 'auto', 'on' or 'off'");
        };
    }

    /** Whether the launcher is to keep the mount for another daemon, which it has found out by itself; here it is only checked. */
    public boolean survive() {
        return switch (survive) {
            case "on" -> true;
            case "off" -> false;
            default -> throw CliException.misused("--survive " + survive + " is not known; write 'on' or 'off'");
        };
    }

    /** What was given after -o, joined. */
    public String mountOptions() {
        return String.join(",", mountOptions);
    }

    /** Where metrics are served; null for nowhere. */
    public @Nullable String metrics() {
        return metrics;
    }

    /** How much of the store this mount may use. */
    public StoreLimits storeLimits() {
        return new StoreLimits(
                requestsInFlight, requestLimit, ByteSize.parse(uploadLimit), ByteSize.parse(downloadLimit));
    }
}

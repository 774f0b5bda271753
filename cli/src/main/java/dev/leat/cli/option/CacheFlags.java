package dev.leat.cli.option;

import dev.leat.cache.ByteSize;
import dev.leat.cache.TierSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of whatever has a cache: mounts and workers. */
public final class CacheFlags {
    @Option(
            names = "--cache-dir",
            paramLabel = "DIR[:DIR…]",
            description = "Folders of the cache. Default: /var/cache/leat as root, else ~/.cache/leat/cache.")
    private @Nullable String cacheDir;

    @Option(
            names = "--cache-size",
            paramLabel = "SIZE",
            defaultValue = "100GiB",
            description = "Size of the cache over all its folders, such as 20GiB. Default: ${DEFAULT-VALUE}.")
    private String cacheSize = "100GiB";

    @Option(
            names = "--tier",
            paramLabel = "MEM|SSD|HDD=DIR[:DIR…],quota=SIZE[,high=0.95,low=0.7]",
            description = "A level of the cache, fastest first; repeat for more. Takes the place of --cache-dir.")
    private List<String> tiers = new ArrayList<>();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "Bound of the buffers outside the heap; heap and JVM come on top. Default: ${DEFAULT-VALUE}.")
    private String memory = "256MiB";

    @Option(
            names = "--scrub-rate",
            paramLabel = "SIZE",
            defaultValue = "8MiB",
            description = "Bytes a second that are read from the cache's disks to find what rots there; 0B for none. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String scrubRate = "8MiB";

    /** Levels of the cache, fastest first. */
    public List<TierSpec> tiers() {
        if (!tiers.isEmpty()) {
            return tiers.stream().map(TierSpec::parse).toList();
        }
        String directories =
                cacheDir != null ? cacheDir : defaultCacheDirectory().toString();
        return List.of(TierSpec.ofCacheDir(directories, cacheSize));
    }

    private static Path defaultCacheDirectory() {
        boolean root = System.getProperty("user.name", "").equals("root");
        return root
                ? Path.of("/var/cache/leat")
                : Path.of(System.getProperty("user.home", "/tmp"), ".cache", "leat", "cache");
    }

    /** Bound of the buffers outside the heap, in bytes. */
    public long memoryBytes() {
        return ByteSize.parse(memory);
    }

    /** How fast the cache's disks are read to find what rots there, in bytes a second; 0 for not at all. */
    public long scrubBytesPerSecond() {
        return ByteSize.parse(scrubRate);
    }
}

package dev.leat.kube.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an installation says once for all pods that the operator makes.
 *
 * @param image of Leat
 * @param imagePullPolicy when it is pulled
 * @param imagePullSecrets names of secrets, in each dataset's namespace
 * @param reportUrl where daemons report to, such as {@code https://leat-operator.leat-system.svc:9443}
 * @param caBundle PEM of further certificate authorities, or null
 * @param reportCa PEM of the authority of {@code reportUrl}, or null
 * @param hostAliases host names by address, for pods that talk to sources
 * @param mountRoot folder of the nodes below which FUSE pods mount
 * @param memoryBytes {@code --memory} of each daemon
 * @param mountCacheBytes what each mount keeps on its node's disk beside the workers' cache
 * @param priorityClass of FUSE pods, or null
 */
public record Settings(
        String image,
        String imagePullPolicy,
        List<String> imagePullSecrets,
        String reportUrl,
        @Nullable String caBundle,
        @Nullable String reportCa,
        Map<String, List<String>> hostAliases,
        String mountRoot,
        long memoryBytes,
        long mountCacheBytes,
        @Nullable String priorityClass) {
    /** Fluid's folder of mounts, which its volumes name. */
    public static final String FLUID_MOUNT_ROOT = "/runtime-mnt";

    /** The bound of buffers that a mount has by itself. */
    public static final long MEMORY_BYTES = 256L << 20;

    /** Enough for what several pods of a node read at a time. */
    public static final long MOUNT_CACHE_BYTES = 2L << 30;
}

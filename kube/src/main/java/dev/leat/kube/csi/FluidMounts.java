package dev.leat.kube.csi;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Volumes of datasets: a FUSE pod of the dataset serves at a path of the host, which is shown to other pods when it is ready. Its
 * PersistentVolume has Fluid's attributes.
 */
final class FluidMounts {
    /** Where the FUSE pod serves. */
    static final String PATH = "fluid_path";

    /** A directory below it that is shown. */
    static final String SUB_PATH = "fluid_sub_path";

    /** The label of a node on which a FUSE pod of the dataset runs. */
    static final String NODE_LABEL = "mount_pod_node_selector_key";

    /** Longest wait for a FUSE pod: it may have to start. The kubelet asks again. */
    private static final Duration READY = Duration.ofSeconds(90);

    private static final Duration LOOK = Duration.ofMillis(200);

    private final NodeMounts mounts;
    private final NodeLabels labels;
    private final Path root;

    /**
     * Below one folder of the host.
     *
     * @param root what {@code fluid_path} must lie in
     */
    FluidMounts(NodeMounts mounts, NodeLabels labels, Path root) {
        this.mounts = mounts;
        this.labels = labels;
        this.root = root;
    }

    /** Asks for a FUSE pod on this node. */
    void stage(Map<String, String> context) throws CsiException, IOException {
        path(context);
        String label = context.getOrDefault(NODE_LABEL, "");
        if (!label.isEmpty()) {
            labels.set(label);
        }
    }

    private Path path(Map<String, String> context) throws CsiException {
        String given = context.getOrDefault(PATH, "");
        Path path = Path.of(given).normalize();
        if (given.isEmpty() || !path.startsWith(root) || path.equals(root)) {
            throw CsiException.invalid(PATH + " '" + given + "' does not lie in " + root);
        }
        return path;
    }

    /** The directory to show, as soon as the FUSE pod serves it. */
    Path ready(Map<String, String> context) throws CsiException, IOException {
        Path path = path(context);
        long end = System.nanoTime() + READY.toNanos();
        while (!mounts.alive(path)) {
            if (System.nanoTime() > end) {
                throw new CsiException(
                        Status.Code.UNAVAILABLE,
                        "the FUSE pod of dataset " + context.getOrDefault("runtime_namespace", "") + "/"
                                + context.getOrDefault("runtime_name", "") + " does not serve at " + path + " yet");
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        String below = context.getOrDefault(SUB_PATH, "");
        return below.isEmpty() ? path : path.resolve(PathPattern.checked(below));
    }
}

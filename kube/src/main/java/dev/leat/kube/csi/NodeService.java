package dev.leat.kube.csi;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Shows volumes to pods. Staging starts one daemon for a volume on this node, which serves at the staging path; publishing
 * shows that at the pod's path. An inline volume has its daemon for itself.
 */
final class NodeService {
    /** STAGE_UNSTAGE_VOLUME, GET_VOLUME_STATS, VOLUME_CONDITION, SINGLE_NODE_MULTI_WRITER. */
    private static final List<Integer> CAPABILITIES = List.of(1, 2, 4, 5);

    private static final int BYTES = 1;
    private static final int INODES = 2;
    private static final String EPHEMERAL = "csi.storage.k8s.io/ephemeral";

    private final Driver driver;
    private final String nodeId;
    private final NodeMounts mounts;
    private final FluidMounts fluid;
    private final Path state;
    private final List<String> defaults;
    private final Busy busy = new Busy();

    /**
     * Of one driver on one node.
     *
     * @param state where daemons of inline volumes serve
     * @param defaults arguments of every daemon, before the volume's own
     */
    NodeService(Driver driver, String nodeId, NodeMounts mounts, FluidMounts fluid, Path state, List<String> defaults) {
        this.driver = driver;
        this.nodeId = nodeId;
        this.mounts = mounts;
        this.fluid = fluid;
        this.state = state;
        this.defaults = defaults;
    }

    ServerServiceDefinition definition() {
        return new Service("Node")
                .call("NodeGetCapabilities", _ -> capabilities())
                .call("NodeGetInfo", _ -> new Answer().text(1, nodeId))
                .call("NodeStageVolume", this::stage)
                .call("NodeUnstageVolume", this::unstage)
                .call("NodePublishVolume", this::publish)
                .call("NodeUnpublishVolume", this::unpublish)
                .call("NodeGetVolumeStats", this::stats)
                .build();
    }

    private static Answer capabilities() {
        Answer answer = new Answer();
        for (int type : CAPABILITIES) {
            answer.message(1, new Answer().message(1, new Answer().number(1, type)));
        }
        return answer;
    }

    private static String needed(Fields request, int number, String what) throws CsiException {
        String value = request.text(number);
        if (value.isEmpty()) {
            throw CsiException.invalid("the request has no " + what);
        }
        return value;
    }

    private Answer stage(Fields request) throws Exception {
        String id = needed(request, 1, "volume id");
        Path staging = Path.of(needed(request, 3, "staging target path"));
        Capability capability = Capability.one(request, 4);
        Map<String, String> context = request.map(6);
        Map<String, String> secrets = request.map(5);
        return busy.with(id, () -> {
            if (driver == Driver.FLUID) {
                fluid.stage(context);
            } else {
                serve(id, staging, capability, capability.readOnly(), context, secrets);
            }
            return new Answer();
        });
    }

    /** Starts the daemon of a volume at a place, unless one serves there. */
    private void serve(
            String id,
            Path point,
            Capability capability,
            boolean readOnly,
            Map<String, String> context,
            Map<String, String> secrets)
            throws IOException, CsiException {
        if (mounts.mounted(point)) {
            if (mounts.alive(point)) {
                return;
            }
            mounts.end(point);
        }
        Parameters parameters = Parameters.of(context, secrets);
        List<String> arguments = new ArrayList<>(defaults);
        arguments.addAll(driver.arguments(ControllerService.options(capability.flags(), context)));
        Map<String, String> environment = new LinkedHashMap<>(parameters.environment());
        String source = parameters.source();
        if (source.isEmpty()) {
            String password = parameters.password();
            if (password != null) {
                environment.put("LEAT_META_PASSWORD", password);
            }
            source = Parameters.redact(parameters.access().metaUrl());
            String path = Driver.path(context);
            if (!path.isEmpty()) {
                arguments.addAll(List.of("--subdir", PathPattern.checked(path)));
            }
            if (readOnly && !arguments.contains("--read-only")) {
                arguments.add("--read-only");
            }
        } else {
            arguments.removeIf(argument -> argument.equals("--read-only"));
        }
        if (source.startsWith("-")) {
            throw CsiException.invalid("volume " + id + " has no source that could be mounted: " + source);
        }
        mounts.serve(source, point, arguments, environment);
    }

    private Answer unstage(Fields request) throws Exception {
        String id = needed(request, 1, "volume id");
        Path staging = Path.of(needed(request, 2, "staging target path"));
        return busy.with(id, () -> {
            if (driver != Driver.FLUID) {
                mounts.end(staging);
            }
            return new Answer();
        });
    }

    private Answer publish(Fields request) throws Exception {
        String id = needed(request, 1, "volume id");
        Path target = Path.of(needed(request, 4, "target path"));
        Capability capability = Capability.one(request, 5);
        Map<String, String> context = request.map(8);
        boolean inline = Boolean.parseBoolean(context.get(EPHEMERAL));
        boolean readOnly = request.number(6) != 0 || capability.readOnly();
        String staging = request.text(3);
        if (staging.isEmpty() && !inline && driver != Driver.FLUID) {
            throw CsiException.invalid("the request has no staging target path");
        }
        Map<String, String> secrets = request.map(7);
        return busy.with(id, () -> {
            Path from;
            if (driver == Driver.FLUID) {
                from = fluid.ready(context);
            } else if (inline) {
                from = inline(target);
                serve(id, from, capability, readOnly, context, secrets);
            } else {
                from = Path.of(staging);
                if (!mounts.alive(from)) {
                    throw new CsiException(
                            Status.Code.FAILED_PRECONDITION, "volume " + id + " is not staged at " + staging);
                }
            }
            if (capability.exclusive() && mounts.elsewhere(from, target)) {
                throw new CsiException(
                        Status.Code.FAILED_PRECONDITION, "volume " + id + " is in use by another pod on this node");
            }
            publish(from, target, readOnly);
            return new Answer();
        });
    }

    private void publish(Path from, Path target, boolean readOnly) throws IOException, CsiException {
        if (mounts.mounted(target)) {
            // A mount that died meanwhile, or of another file system, is no use to the pod.
            if (mounts.same(from, target) && mounts.readOnly(target) == readOnly) {
                return;
            }
            mounts.clear(target);
        }
        mounts.bind(from, target, readOnly);
    }

    /** Where the daemon of an inline volume serves. */
    private Path inline(Path target) {
        CRC32C sum = new CRC32C();
        sum.update(target.toString().getBytes(StandardCharsets.UTF_8));
        String pod = HexFormat.of().toHexDigits(target.toString().hashCode());
        return state.resolve("inline").resolve(pod + HexFormat.of().toHexDigits((int) sum.getValue()));
    }

    private Answer unpublish(Fields request) throws Exception {
        String id = needed(request, 1, "volume id");
        Path target = Path.of(needed(request, 2, "target path"));
        return busy.with(id, () -> {
            mounts.clear(target);
            Path own = inline(target);
            if (Files.isDirectory(state.resolve("inline")) && (mounts.mounted(own) || Files.exists(own))) {
                mounts.end(own);
                Files.deleteIfExists(own);
            }
            // The kubelet makes the directory above; what was mounted there is gone.
            Files.deleteIfExists(target);
            return new Answer();
        });
    }

    private Answer stats(Fields request) throws Exception {
        String id = needed(request, 1, "volume id");
        Path path = Path.of(needed(request, 2, "volume path"));
        if (!mounts.mounted(path)) {
            throw new CsiException(Status.Code.NOT_FOUND, "volume " + id + " is not mounted at " + path);
        }
        NodeMounts.Usage usage = mounts.usage(path);
        if (usage == null) {
            Answer condition = new Answer().flag(1, true).text(2, "the mount at " + path + " does not answer");
            return new Answer().message(1, new Answer().number(4, BYTES)).message(2, condition);
        }
        Answer bytes = new Answer()
                .number(1, usage.blocksFree() * usage.blockBytes())
                .number(2, usage.blocks() * usage.blockBytes())
                .number(3, (usage.blocks() - usage.blocksFree()) * usage.blockBytes())
                .number(4, BYTES);
        Answer inodes = new Answer()
                .number(1, usage.inodesFree())
                .number(2, usage.inodes())
                .number(3, usage.inodes() - usage.inodesFree())
                .number(4, INODES);
        Answer condition = new Answer().text(2, "the mount answers");
        return new Answer().message(1, bytes).message(1, inodes).message(2, condition);
    }
}

package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.csi.LeatVolumes;
import dev.leat.cli.csi.VolumeFormatter;
import dev.leat.cli.option.LogOptions;
import dev.leat.kube.csi.CsiOptions;
import dev.leat.kube.csi.CsiPlugin;
import dev.leat.kube.csi.Driver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leat csi}. */
@Command(
        name = "csi",
        mixinStandardHelpOptions = true,
        description =
                "The CSI plugin: makes volumes for Kubernetes and shows them to pods. Runs until it is told to end.",
        footer = {
            "",
            "Example: leat csi --mode controller --endpoint unix:///csi/csi.sock",
            "Example: leat csi --mode node --node-id node1 --endpoint unix:///csi/csi.sock "
                    + "--endpoint csi.juicefs.com=unix:///csi-juicefs/csi.sock"
        })
final class CsiCommand implements Callable<Integer> {
    private static final String SCHEME = "unix://";
    private static final long END_SECONDS = 60;

    @Option(
            names = "--mode",
            paramLabel = "controller|node|all",
            defaultValue = "all",
            description = "Which half runs here. Default: ${DEFAULT-VALUE}.")
    private String mode = "all";

    @Option(
            names = "--endpoint",
            required = true,
            paramLabel = "[DRIVER=]unix:///SOCKET",
            description =
                    "Where a driver listens: csi.leat.dev if none is named, csi.juicefs.com or fuse.csi.fluid.io. Repeat for more.")
    private List<String> endpoints = new ArrayList<>();

    @Option(
            names = "--node-id",
            paramLabel = "NAME",
            description = "The node's name in the cluster. Default: the host's.")
    private @Nullable String nodeId;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/leat/csi",
            description = "Where daemons of inline volumes serve. Default: ${DEFAULT-VALUE}.")
    private Path state = Path.of("/var/lib/leat/csi");

    @Option(
            names = "--mount-root",
            paramLabel = "DIR",
            defaultValue = "/runtime-mnt",
            description = "Where FUSE pods of datasets serve. Default: ${DEFAULT-VALUE}.")
    private Path mountRoot = Path.of("/runtime-mnt");

    @Option(
            names = "--registration-dir",
            paramLabel = "DIR",
            description =
                    "The kubelet's folder of registrations, such as /var/lib/kubelet/plugins_registry: makes the drivers known to it. The sockets have "
                            + "to lie where the kubelet sees them under the same name. Default: a sidecar does that.")
    private @Nullable Path registration;

    @Option(
            names = "--mount-option",
            paramLabel = "NAME[=VALUE]",
            description =
                    "An option of every 'leat mount' that is started here, such as cache-dir=/var/cache/leat; a volume's own wins. "
                            + "Repeat for more.")
    private List<String> mountOptions = new ArrayList<>();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toForeground();
        boolean controller = half("controller");
        boolean node = half("node");
        String program = Path.of(System.getProperty("leat.home", "."), "leat").toString();
        CsiOptions options = new CsiOptions(
                endpoints(),
                controller,
                node,
                nodeId == null ? host() : nodeId,
                Version.text(),
                program,
                state.toAbsolutePath(),
                mountRoot.toAbsolutePath(),
                System.getenv("KUBERNETES_SERVICE_HOST") != null,
                registration == null ? null : registration.toAbsolutePath(),
                mountOptions.stream().map(option -> "--" + option).toList());
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopping.countDown();
            try {
                boolean inTime = closed.await(END_SECONDS, TimeUnit.SECONDS);
                assert inTime : "calls are still under way";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        try (CsiPlugin _ = CsiPlugin.start(options, new LeatVolumes(new VolumeFormatter(program)))) {
            System.out.println("the CSI plugin serves " + String.join(", ", endpoints));
            System.out.flush();
            stopping.await();
        } finally {
            closed.countDown();
        }
        return 0;
    }

    private boolean half(String name) {
        return switch (mode.toLowerCase(Locale.ROOT)) {
            case "all" -> true;
            case "controller", "node" -> mode.equalsIgnoreCase(name);
            default -> throw CliException.misused("--mode " + mode + " is not known; write controller, node or all");
        };
    }

    private static String host() throws CliException {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw CliException.misused("this host has no name; give the node's with --node-id");
        }
    }

    private Map<Driver, Path> endpoints() {
        Map<Driver, Path> all = new EnumMap<>(Driver.class);
        for (String endpoint : endpoints) {
            int equals = endpoint.indexOf('=');
            String name = equals < 0 ? Driver.LEAT.text() : endpoint.substring(0, equals);
            String address = endpoint.substring(equals + 1);
            if (!address.startsWith(SCHEME + "/")) {
                throw CliException.misused("--endpoint " + endpoint + " is no socket; write unix:///csi/csi.sock");
            }
            try {
                if (all.put(Driver.of(name), Path.of(address.substring(SCHEME.length()))) != null) {
                    throw CliException.misused("--endpoint names driver " + name + " twice");
                }
            } catch (IllegalArgumentException e) {
                throw CliException.misused("--endpoint: " + e.getMessage());
            }
        }
        return all;
    }
}

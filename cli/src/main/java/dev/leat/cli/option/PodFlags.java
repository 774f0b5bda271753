package dev.leat.cli.option;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.kube.operator.Installation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the parts that run in Kubernetes: where they are, and how the pods of datasets are made. */
public final class PodFlags {
    /** Where Kubernetes tells a pod its namespace. */
    private static final Path NAMESPACE = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            description = "Namespace of Leat's own parts. Default: that of the pod.")
    private @Nullable String namespace;

    @Option(
            names = "--listen",
            paramLabel = "[HOST:]PORT",
            defaultValue = "9443",
            description = "Where HTTPS is served. Default: ${DEFAULT-VALUE}, on all addresses.")
    private String listen = "9443";

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            required = true,
            description = "Leat's image, for the pods of datasets.")
    private String image = "";

    @Option(
            names = "--image-pull-policy",
            paramLabel = "POLICY",
            defaultValue = "IfNotPresent",
            description = "When pods of datasets pull it: Always, IfNotPresent, Never. Default: ${DEFAULT-VALUE}.")
    private String imagePullPolicy = "IfNotPresent";

    @Option(
            names = "--image-pull-secret",
            paramLabel = "NAME",
            description = "A secret for the image's registry, in the namespace of each dataset; repeat for more.")
    private List<String> imagePullSecrets = new ArrayList<>();

    @Option(
            names = "--ca-bundle",
            paramLabel = "FILE",
            description = "PEM file of further certificate authorities that sources are trusted by.")
    private @Nullable Path caBundle;

    @Option(
            names = "--host-alias",
            paramLabel = "ADDRESS=HOST[,HOST…]",
            description = "Names of hosts that pods of datasets find at an address; repeat for more.")
    private List<String> hostAliases = new ArrayList<>();

    @Option(
            names = "--mount-root",
            paramLabel = "DIR",
            defaultValue = "/runtime-mnt",
            description = "Folder of the nodes below which datasets are mounted. Default: ${DEFAULT-VALUE}.")
    private String mountRoot = "/runtime-mnt";

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "Bound of the buffers of each daemon; heap, JVM and tiers of memory come on top. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String memory = "256MiB";

    @Option(
            names = "--mount-cache",
            paramLabel = "SIZE",
            defaultValue = "2GiB",
            description = "What each mount of a dataset keeps on the disk of its node, beside the workers' cache. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String mountCache = "2GiB";

    @Option(
            names = "--priority-class",
            paramLabel = "NAME",
            description = "Priority class of FUSE pods. Default: none.")
    private @Nullable String priorityClass;

    /** The namespace of Leat's own parts. */
    public String namespace() throws IOException {
        if (namespace != null) {
            return namespace;
        }
        if (!Files.isReadable(NAMESPACE)) {
            throw CliException.misused("this is no pod of Kubernetes: say the namespace with --namespace");
        }
        return Files.readString(NAMESPACE).strip();
    }

    /** Where HTTPS is served. */
    public InetSocketAddress listen() {
        int colon = listen.lastIndexOf(':');
        String host = colon < 0 ? "0.0.0.0" : listen.substring(0, colon);
        String port = listen.substring(colon + 1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
            throw CliException.misused("--listen " + listen + " is no address; write PORT or HOST:PORT, such as 9443");
        }
        return new InetSocketAddress(host, Integer.parseInt(port));
    }

    /** How the pods of datasets are made. */
    public Installation.Pods pods() throws IOException {
        return new Installation.Pods(
                image,
                imagePullPolicy,
                imagePullSecrets,
                caBundle == null ? null : Files.readString(caBundle, StandardCharsets.US_ASCII),
                aliases(),
                mountRoot,
                ByteSize.parse(memory),
                ByteSize.parse(mountCache),
                priorityClass);
    }

    private Map<String, List<String>> aliases() {
        Map<String, List<String>> aliases = new LinkedHashMap<>();
        for (String alias : hostAliases) {
            int equals = alias.indexOf('=');
            if (equals <= 0 || equals == alias.length() - 1) {
                throw CliException.misused("--host-alias " + alias
                        + " names no host; write ADDRESS=HOST, such as 192.0.2.1=mirror.example");
            }
            aliases.computeIfAbsent(alias.substring(0, equals), _ -> new ArrayList<>())
                    .addAll(List.of(alias.substring(equals + 1).split(",")));
        }
        return aliases;
    }
}

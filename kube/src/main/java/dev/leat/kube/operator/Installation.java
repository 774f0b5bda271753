package dev.leat.kube.operator;

import dev.leat.kube.api.Kinds;
import dev.leat.kube.model.Settings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operator in its pod: finds the API server, makes its certificate, and starts.
 *
 * @param namespace its own
 * @param identity the name of its pod
 * @param listen where it takes reports
 * @param service name of its Service, by which daemons find it
 * @param elect whether replicas agree on who leads
 */
public record Installation(String namespace, String identity, InetSocketAddress listen, String service, boolean elect) {
    /** The Secret of the certificate. */
    private static final String SECRET = "leat-operator-certificate";

    /** The Secret of the key that workers' secrets are made by. */
    private static final String WORKER_KEY = "leat-operator-workers";

    /**
     * What users say of the pods that the operator makes; see {@link Settings}.
     *
     * @param image of Leat
     * @param imagePullPolicy when it is pulled
     * @param imagePullSecrets names of secrets
     * @param caBundle PEM of further authorities, or null
     * @param hostAliases host names by address
     * @param mountRoot folder of mounts on nodes
     * @param memoryBytes of each daemon's buffers
     * @param mountCacheBytes what each mount keeps on its node's disk
     * @param priorityClass of FUSE pods, or null
     */
    public record Pods(
            String image,
            String imagePullPolicy,
            List<String> imagePullSecrets,
            @Nullable String caBundle,
            Map<String, List<String>> hostAliases,
            String mountRoot,
            long memoryBytes,
            long mountCacheBytes,
            @Nullable String priorityClass) {
        /** The settings, once the place and the authority of reports are known. */
        public Settings settings(String reportUrl, @Nullable String reportCa) {
            return new Settings(
                    image,
                    imagePullPolicy,
                    imagePullSecrets,
                    reportUrl,
                    caBundle,
                    reportCa,
                    hostAliases,
                    mountRoot,
                    memoryBytes,
                    mountCacheBytes,
                    priorityClass);
        }
    }

    /** Brings the custom resource definitions of the cluster up to date; returns their names. */
    public static List<String> installDefinitions() throws IOException {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            return installDefinitions(client);
        }
    }

    static List<String> installDefinitions(KubernetesClient client) throws IOException {
        List<String> names = new ArrayList<>();
        for (Class<? extends HasMetadata> kind : Kinds.all()) {
            String name = HasMetadata.getFullResourceName(kind);
            try (InputStream in = Installation.class.getResourceAsStream(name + ".yaml")) {
                if (in == null) {
                    throw new IOException("the definition of " + name + " is missing in this build");
                }
                client.load(in).items().forEach(definition -> Applier.apply(client, definition));
                names.add(name);
            }
        }
        return names;
    }

    /** Starts the operator; what is returned stops it. */
    public AutoCloseable start(Pods pods) throws IOException {
        KubernetesClient client = new KubernetesClientBuilder().build();
        String host = service + "." + namespace + ".svc";
        ServingCertificate certificate = ServingCertificate.ensure(client, namespace, SECRET, List.of(host));
        Settings settings = pods.settings("https://" + host + ":" + listen.getPort(), certificate.pem());
        LeatOperator operator = LeatOperator.start(
                client,
                new LeatOperator.Options(
                        settings,
                        listen,
                        certificate.tls(),
                        elect ? namespace : null,
                        identity,
                        WorkerKey.ensure(client, namespace, WORKER_KEY)));
        return () -> {
            operator.close();
            client.close();
        };
    }
}

package dev.leat.kube.webhook;

import dev.leat.kube.model.Settings;
import dev.leat.kube.operator.ServingCertificate;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The webhook in its pod: knows the datasets, and steers the pods that use them. */
public final class Webhook implements AutoCloseable {
    private static final String SECRET = "leat-webhook-certificate";
    private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);

    private final KubernetesClient client;
    private final DatasetCatalog catalog;
    private final WebhookServer server;

    private Webhook(KubernetesClient client, DatasetCatalog catalog, WebhookServer server) {
        this.client = client;
        this.catalog = catalog;
        this.server = server;
    }

    /**
     * Starts the webhook and gives its certificate to the API server.
     *
     * @param namespace its own
     * @param service name of its Service
     * @param configuration name of the {@code MutatingWebhookConfiguration} that names it, or null for none
     */
    public static Webhook start(
            InetSocketAddress listen,
            String namespace,
            String service,
            @Nullable String configuration,
            Settings settings)
            throws IOException {
        KubernetesClient client = new KubernetesClientBuilder().build();
        ServingCertificate certificate =
                ServingCertificate.ensure(client, namespace, SECRET, List.of(service + "." + namespace + ".svc"));
        DatasetCatalog catalog = new DatasetCatalog(client, settings);
        WebhookServer server = new WebhookServer(listen, certificate.tls(), catalog::of);
        if (configuration != null) {
            trust(client, configuration, certificate.pem());
        }
        return new Webhook(client, catalog, server);
    }

    private static void trust(KubernetesClient client, String name, String pem) {
        String bundle = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
        var configurations = client.admissionRegistration()
                .v1()
                .mutatingWebhookConfigurations()
                .withName(name);
        if (configurations.get() == null) {
            LOG.warn("there is no MutatingWebhookConfiguration {}: nobody asks this webhook", name);
            return;
        }
        configurations.edit(configuration -> {
            for (MutatingWebhook webhook : configuration.getWebhooks()) {
                webhook.getClientConfig().setCaBundle(bundle);
            }
            return configuration;
        });
    }

    /** The port on which it answers. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        catalog.close();
        client.close();
    }
}

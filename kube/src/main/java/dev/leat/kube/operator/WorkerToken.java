package dev.leat.kube.operator;

import dev.leat.kube.model.Engine;
import dev.leat.kube.model.Labels;
import dev.leat.kube.model.Names;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The secret that workers of a dataset share with who reads from them. The operator makes it once and cannot read it again: its role
 * lets it make secrets, and look at none.
 */
final class WorkerToken {
    private static final int BYTES = 32;

    private WorkerToken() {}

    /** Makes it unless it is there. */
    static void ensure(KubernetesClient client, Engine engine) {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        Secret secret = new SecretBuilder()
                .withNewMetadata()
                .withName(Names.workerToken(engine.name()))
                .withNamespace(engine.namespace())
                .withLabels(Labels.common(engine, Labels.WORKER))
                .withOwnerReferences(engine.owner())
                .endMetadata()
                .addToStringData(Names.WORKER_TOKEN_KEY, HexFormat.of().formatHex(random))
                .build();
        try {
            client.resource(secret).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }
}

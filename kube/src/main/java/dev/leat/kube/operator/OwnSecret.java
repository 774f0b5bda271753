package dev.leat.kube.operator;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * A Secret of Leat's own. The chart makes it empty, and whichever replica needs it first fills it: so no part of Leat needs the right
 * to make secrets, and an uninstall takes them all.
 */
final class OwnSecret {
    /** What a Secret is filled with. */
    @FunctionalInterface
    interface Content {
        Map<String, byte[]> make() throws IOException;
    }

    private OwnSecret() {}

    /**
     * What is in the Secret, after it was filled if it lacked {@code key}.
     *
     * @throws IOException if there is no such Secret, or its content could not be made
     */
    static Map<String, byte[]> filled(
            KubernetesClient client, String namespace, String name, String key, Content content) throws IOException {
        Secret secret = get(client, namespace, name);
        if (secret.getData() == null || !secret.getData().containsKey(key)) {
            secret = fill(client, secret, content);
        }
        Map<String, byte[]> data = new HashMap<>();
        secret.getData()
                .forEach((each, text) -> data.put(each, Base64.getDecoder().decode(text)));
        return data;
    }

    private static Secret get(KubernetesClient client, String namespace, String name) throws IOException {
        Secret secret = client.secrets().inNamespace(namespace).withName(name).get();
        if (secret == null) {
            throw new IOException("there is no Secret " + name + " in the namespace " + namespace
                    + "; the chart and install.yaml make one, which is empty: apply them again");
        }
        return secret;
    }

    private static Secret fill(KubernetesClient client, Secret secret, Content content) throws IOException {
        Map<String, String> data = new HashMap<>();
        content.make().forEach((key, bytes) -> data.put(key, Base64.getEncoder().encodeToString(bytes)));
        secret.setData(data);
        try {
            // Of the version that was read: of two replicas one comes too late.
            return client.resource(secret).update();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return get(
                    client,
                    secret.getMetadata().getNamespace(),
                    secret.getMetadata().getName());
        }
    }
}

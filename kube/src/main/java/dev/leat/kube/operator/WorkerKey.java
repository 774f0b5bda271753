package dev.leat.kube.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes the secrets that workers share with who reads from them, each of them from one key and the name of a dataset. So the secrets
 * of datasets are kept nowhere, and every replica of the operator has the same ones, also after a restart. Whoever empties the key's
 * Secret and restarts the operator gives all datasets another one.
 */
final class WorkerKey {
    private static final int BYTES = 32;
    private static final String KEY = "key";
    private static final String MAC = "HmacSHA256";
    private static final String PURPOSE = "leat worker secret 1\n";

    private final SecretKeySpec key;

    private WorkerKey(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, MAC);
    }

    /** The one in a Secret, which is filled if it is empty. */
    static WorkerKey ensure(KubernetesClient client, String namespace, String name) throws IOException {
        byte[] bytes = OwnSecret.filled(client, namespace, name, KEY, () -> Map.of(KEY, fresh()))
                .get(KEY);
        if (bytes == null || bytes.length < BYTES) {
            throw new IOException("the Secret " + name + " in the namespace " + namespace + " has no key of " + BYTES
                    + " bytes as " + KEY + "; empty it, and another is made");
        }
        return new WorkerKey(bytes);
    }

    /** Another one each time, for an operator that is nobody's but its own. */
    static WorkerKey random() {
        return new WorkerKey(fresh());
    }

    private static byte[] fresh() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /** The secret of a dataset: 64 hexadecimal digits. */
    String secret(String namespace, String dataset) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            // Neither name can hold a slash.
            mac.update((PURPOSE + namespace + "/" + dataset).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has HMAC", e);
        }
    }
}

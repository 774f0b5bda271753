package dev.leat.kube.operator;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The certificate of operator and webhook: made once by the JDK's own keytool, kept in a Secret, and its own authority. Whoever is
 * to trust it is given its text.
 */
public final class ServingCertificate {
    private static final String KEY_STORE = "keystore.p12";
    private static final String CERTIFICATE = "tls.crt";

    /** The store lies in a Secret; its password keeps nobody out who can read that. */
    private static final String PASSWORD = "changeit";

    /** It is trusted by its text alone, so there is nothing to gain from renewing it often. */
    private static final int VALID_DAYS = 3650;

    private static final int KEYTOOL_SECONDS_MAX = 60;

    private final SSLContext tls;
    private final String pem;

    private ServingCertificate(SSLContext tls, String pem) {
        this.tls = tls;
        this.pem = pem;
    }

    /** Reads the certificate from its Secret, and makes it if there is none. */
    public static ServingCertificate ensure(
            KubernetesClient client, String namespace, String secretName, List<String> hosts) throws IOException {
        Secret secret =
                client.secrets().inNamespace(namespace).withName(secretName).get();
        if (secret == null || secret.getData() == null || !secret.getData().containsKey(KEY_STORE)) {
            secret = create(client, namespace, secretName, hosts);
        }
        byte[] store = Base64.getDecoder().decode(secret.getData().get(KEY_STORE));
        String pem =
                new String(Base64.getDecoder().decode(secret.getData().get(CERTIFICATE)), StandardCharsets.US_ASCII);
        return new ServingCertificate(context(store), pem);
    }

    private static Secret create(KubernetesClient client, String namespace, String name, List<String> hosts)
            throws IOException {
        byte[] store = keytool(hosts);
        Secret secret = new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withData(Map.of(
                        KEY_STORE,
                        Base64.getEncoder().encodeToString(store),
                        CERTIFICATE,
                        Base64.getEncoder().encodeToString(pem(store).getBytes(StandardCharsets.US_ASCII))))
                .build();
        try {
            return client.resource(secret).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Another replica was faster: its certificate is the one.
            return client.secrets().inNamespace(namespace).withName(name).require();
        }
    }

    private static byte[] keytool(List<String> hosts) throws IOException {
        Path folder = Files.createTempDirectory("leat-certificate");
        Path store = folder.resolve(KEY_STORE);
        try {
            List<String> names = new ArrayList<>();
            hosts.forEach(host -> names.add("dns:" + host));
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "leat",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-validity",
                            String.valueOf(VALID_DAYS),
                            "-dname",
                            "CN=" + hosts.getFirst(),
                            "-ext",
                            "san=" + String.join(",", names),
                            "-ext",
                            "bc:critical=ca:true",
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-keystore",
                            store.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(KEYTOOL_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("keytool made no certificate: " + said.strip());
            }
            return Files.readAllBytes(store);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        } finally {
            Files.deleteIfExists(store);
            Files.deleteIfExists(folder);
        }
    }

    private static KeyStore load(byte[] store) throws IOException {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(new ByteArrayInputStream(store), PASSWORD.toCharArray());
            return keys;
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate cannot be read; delete its Secret, and another is made", e);
        }
    }

    private static String pem(byte[] store) throws IOException {
        try {
            KeyStore keys = load(store);
            String alias = keys.aliases().nextElement();
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(keys.getCertificate(alias).getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate cannot be read", e);
        }
    }

    private static SSLContext context(byte[] store) throws IOException {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(load(store), PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate cannot be used; delete its Secret, and another is made", e);
        }
    }

    /** For servers. */
    public SSLContext tls() {
        return tls;
    }

    /** The certificate, for those who are to trust it. */
    public String pem() {
        return pem;
    }
}

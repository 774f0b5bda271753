package dev.leat.kube.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
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

    /** Reads the certificate from its Secret, and makes it if that is empty. */
    public static ServingCertificate ensure(
            KubernetesClient client, String namespace, String secretName, List<String> hosts) throws IOException {
        Map<String, byte[]> data = OwnSecret.filled(client, namespace, secretName, KEY_STORE, () -> make(hosts));
        byte[] store = data.get(KEY_STORE);
        byte[] certificate = data.get(CERTIFICATE);
        if (store == null || certificate == null) {
            throw new IOException("the Secret " + secretName + " in the namespace " + namespace
                    + " is not whole; empty it, and another certificate is made");
        }
        return new ServingCertificate(context(store), new String(certificate, StandardCharsets.US_ASCII));
    }

    private static Map<String, byte[]> make(List<String> hosts) throws IOException {
        byte[] store = keytool(hosts);
        return Map.of(KEY_STORE, store, CERTIFICATE, pem(store).getBytes(StandardCharsets.US_ASCII));
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
            throw new IOException("the certificate cannot be read; empty its Secret, and another is made", e);
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
            throw new IOException("the certificate cannot be used; empty its Secret, and another is made", e);
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

package dev.leat.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trust in the JDK's certificate authorities and those of a PEM file. */
public final class CaBundle {
    private CaBundle() {}

    /**
     * Trust managers for both.
     *
     * @throws StoreException of kind INVALID if the file is missing or holds no certificate
     */
    public static TrustManager[] trustManagers(Path pem) throws StoreException {
        Collection<? extends Certificate> extra;
        try (InputStream in = Files.newInputStream(pem)) {
            extra = CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    StoreException.Kind.INVALID, "there is no CA bundle " + pem + ": give a PEM file", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new StoreException(
                    StoreException.Kind.INVALID,
                    "cannot read certificates from " + pem + " (" + e.getMessage() + "): give a PEM file",
                    e);
        }
        if (extra.isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.INVALID, pem + " holds no certificate: give a PEM file of authorities");
        }
        try {
            KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
            all.load(null, null);
            int number = 0;
            for (X509Certificate known : jdkAuthorities()) {
                all.setCertificateEntry("jdk-" + number++, known);
            }
            for (Certificate certificate : extra) {
                all.setCertificateEntry("bundle-" + number++, certificate);
            }
            return factory(all).getTrustManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw new StoreException(
                    StoreException.Kind.INVALID, "cannot use the certificates of " + pem + ": " + e.getMessage(), e);
        }
    }

    private static X509Certificate[] jdkAuthorities() throws GeneralSecurityException {
        for (TrustManager manager : factory(null).getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }

    private static TrustManagerFactory factory(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }
}

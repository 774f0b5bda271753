package dev.leat.store.key;

import dev.leat.store.blob.DataKey;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

/** An RSA private key as a master key: the data key is encrypted by its public half, with OAEP and SHA-256. */
public final class RsaKey implements MasterKey {
    private static final String METHOD = "rsa-oaep-sha256";
    private static final int BITS_MIN = 2048;
    private static final int FINGERPRINT_BYTES = 8;
    private static final OAEPParameterSpec OAEP =
            new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    private final RSAPrivateCrtKey key;
    private final PublicKey publicKey;
    private final String fingerprint;

    /**
     * The master key in a private key.
     *
     * @throws KeyException if it is too short to protect anything
     */
    RsaKey(RSAPrivateCrtKey key) throws KeyException {
        int bits = key.getModulus().bitLength();
        if (bits < BITS_MIN) {
            throw new KeyException("an RSA key of " + bits + " bits is too short; make one of at least " + BITS_MIN);
        }
        this.key = key;
        try {
            publicKey = KeyFactory.getInstance("RSA")
                    .generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()));
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(publicKey.getEncoded());
            fingerprint = HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
        } catch (GeneralSecurityException e) {
            throw new KeyException("the RSA key cannot be used: " + e.getMessage(), e);
        }
    }

    static boolean wraps(String wrapped) {
        return wrapped.startsWith(METHOD + ":");
    }

    static String fingerprintIn(String wrapped) {
        String[] parts = wrapped.split(":", -1);
        return parts.length > 1 ? parts[1] : "";
    }

    @Override
    public String wrap(DataKey dataKey) {
        try {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.ENCRYPT_MODE, publicKey, OAEP);
            return METHOD + ":" + fingerprint + ":"
                    + Base64.getEncoder().encodeToString(cipher.doFinal(dataKey.toBytes()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot wrap a key: " + e.getMessage(), e);
        }
    }

    @Override
    public DataKey unwrap(String wrapped) throws KeyException {
        String[] parts = wrapped.split(":", -1);
        if (parts.length != 3 || !parts[0].equals(METHOD)) {
            throw new KeyException("the data key is wrapped by " + MasterKey.opener(wrapped) + ", not by an RSA key");
        }
        if (!parts[1].equals(fingerprint)) {
            throw new KeyException(
                    "the volume's key is wrapped by the RSA key " + parts[1] + ", and this one is " + fingerprint);
        }
        try {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, OAEP);
            return new DataKey(cipher.doFinal(Base64.getDecoder().decode(parts[2])));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new KeyException("the volume's wrapped key is damaged: " + e.getMessage(), e);
        }
    }

    /** Names the key by its fingerprint. */
    @Override
    public String toString() {
        return "the RSA key " + fingerprint;
    }
}

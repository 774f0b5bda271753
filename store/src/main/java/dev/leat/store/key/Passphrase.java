package dev.leat.store.key;

import dev.leat.store.blob.DataKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** A master key made from a passphrase by PBKDF2; the data key is sealed by AES-256-GCM. */
public final class Passphrase implements MasterKey {
    private static final String METHOD = "pbkdf2-sha256";

    /** What OWASP recommends for PBKDF2 with SHA-256; a third of a second at mount. */
    private static final int ITERATIONS = 600_000;

    private static final int ITERATIONS_MAX = 100_000_000;
    private static final int SALT_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final char[] text;

    /**
     * The key of a passphrase.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public Passphrase(char[] text) {
        if (text.length == 0) {
            throw new IllegalArgumentException("an empty passphrase protects nothing");
        }
        this.text = text.clone();
    }

    @Override
    public String wrap(DataKey key) {
        SecureRandom random = new SecureRandom();
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, salt, ITERATIONS, nonce);
            Base64.Encoder base64 = Base64.getEncoder();
            return METHOD + ":" + ITERATIONS + ":" + base64.encodeToString(salt) + ":" + base64.encodeToString(nonce)
                    + ":" + base64.encodeToString(cipher.doFinal(key.toBytes()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot wrap a key: " + e.getMessage(), e);
        }
    }

    @Override
    public DataKey unwrap(String wrapped) throws KeyException {
        String[] parts = wrapped.split(":", -1);
        if (parts.length != 5 || !parts[0].equals(METHOD)) {
            throw new KeyException("the data key is wrapped by " + MasterKey.opener(wrapped) + ", not by a passphrase");
        }
        try {
            int iterations = Integer.parseInt(parts[1]);
            if (iterations < 1 || iterations > ITERATIONS_MAX) {
                throw new IllegalArgumentException(iterations + " iterations");
            }
            Base64.Decoder base64 = Base64.getDecoder();
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, base64.decode(parts[2]), iterations, base64.decode(parts[3]));
            return new DataKey(cipher.doFinal(base64.decode(parts[4])));
        } catch (AEADBadTagException e) {
            throw new KeyException("the passphrase is not the one that protects the volume's key", e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new KeyException("the volume's wrapped key is damaged: " + e.getMessage(), e);
        }
    }

    private Cipher cipher(int mode, byte[] salt, int iterations, byte[] nonce) throws GeneralSecurityException {
        PBEKeySpec spec = new PBEKeySpec(text, salt, iterations, 8 * DataKey.BYTES);
        try {
            byte[] derived = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
            SecretKey key = new SecretKeySpec(derived, "AES");
            Arrays.fill(derived, (byte) 0);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD((METHOD + ":" + iterations).getBytes(StandardCharsets.US_ASCII));
            return cipher;
        } finally {
            spec.clearPassword();
        }
    }

    /** Says nothing: keys must not get into logs. */
    @Override
    public String toString() {
        return "a passphrase";
    }
}

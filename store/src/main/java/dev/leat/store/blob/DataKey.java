package dev.leat.store.blob;

import dev.leat.store.BlobId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key of a volume's data: 256 random bits, from which each blob gets a key of its own. So nonces must differ within
 * a blob only, and random ones do.
 */
public final class DataKey {
    /** Length, in bytes. */
    public static final int BYTES = 32;

    private final byte[] bytes;

    /** The key with these bytes. */
    public DataKey(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a data key has " + BYTES + " bytes, not " + bytes.length);
        }
        this.bytes = bytes.clone();
    }

    /** A new one. */
    public static DataKey random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return new DataKey(bytes);
    }

    /** A copy of its bytes, to be wrapped. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** The key of a blob. */
    SecretKey of(BlobId blob) {
        ByteBuffer purpose = ByteBuffer.allocate(32);
        purpose.put("leat blob key 1\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        purpose.putLong(blob.session()).putLong(blob.sequence());
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            "AES",
                            HKDFParameterSpec.expandOnly(
                                    new SecretKeySpec(bytes, "HKDF-SHA256"), purpose.array(), BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HKDF-SHA256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataKey key && java.security.MessageDigest.isEqual(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Says nothing: keys must not get into logs. */
    @Override
    public String toString() {
        return "a data key";
    }
}

package dev.leat.dataset.manifest;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 digest, without an array.
 *
 * @param a its first eight bytes, the most significant first
 * @param b the next eight
 * @param c the next eight
 * @param d the last eight
 */
public record Sha256(long a, long b, long c, long d) {
    /** Length in bytes. */
    public static final int BYTES = 32;

    private static final String PREFIX = "sha256:";

    /** The digest of bytes whose hashing is finished by this call. */
    public static Sha256 of(MessageDigest digest) {
        return read(ByteBuffer.wrap(digest.digest()));
    }

    /** The next {@link #BYTES} bytes. */
    public static Sha256 read(ByteBuffer from) {
        return new Sha256(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    /**
     * Reads what {@link #toString} writes; the prefix may be missing.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static Sha256 parse(String text) {
        String digits = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        if (!digits.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("'" + text + "' is no digest; write sha256: and 64 hexadecimal digits");
        }
        return read(ByteBuffer.wrap(HexFormat.of().parseHex(digits)));
    }

    /** Whether a text is meant to be a digest. */
    public static boolean isWritten(String text) {
        return text.startsWith(PREFIX);
    }

    /** A new hashing. */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Writes its bytes. */
    public void write(ByteBuffer to) {
        to.putLong(a).putLong(b).putLong(c).putLong(d);
    }

    /** The digits alone. */
    public String hex() {
        return "%016x%016x%016x%016x".formatted(a, b, c, d);
    }

    @Override
    public String toString() {
        return PREFIX + hex();
    }
}

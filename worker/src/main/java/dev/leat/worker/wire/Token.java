package dev.leat.worker.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret that workers and their clients share. It never crosses the network: each end proves that it has it by a MAC over
 * both ends' random numbers. It is asked for anew for each connection, so a new secret takes effect when its file is replaced.
 */
public final class Token {
    /** Fewer bytes could be guessed. */
    private static final int BYTES_MIN = 16;

    private static final int BYTES_MAX = 4096;
    private static final String MAC = "HmacSHA256";
    private static final byte[] PURPOSE = "leat worker token 1".getBytes(StandardCharsets.UTF_8);

    /** Where the secret is kept; its text says so in messages. */
    @FunctionalInterface
    public interface Secret {
        /**
         * The secret as it is now.
         *
         * @throws IOException with one line if it is not known
         */
        byte[] bytes() throws IOException;
    }

    private final @Nullable Secret from;

    private Token(@Nullable Secret from) {
        this.from = from;
    }

    /** No secret: both ends must have none. */
    public static Token none() {
        return new Token(null);
    }

    /**
     * The secret in a file; white space around it does not count.
     *
     * @throws IOException with one line if it cannot be read, or is shorter than 16 bytes
     */
    public static Token of(Path file) throws IOException {
        Token token = new Token(new InFile(file));
        token.secret();
        return token;
    }

    /** A secret that is kept somewhere else, and may not be known yet. */
    public static Token of(Secret secret) {
        return new Token(secret);
    }

    private record InFile(Path file) implements Secret {
        @Override
        public byte[] bytes() throws IOException {
            if (Files.size(file) > BYTES_MAX) {
                throw new IOException("the token in " + file + " is longer than " + BYTES_MAX + " bytes");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip().getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }

    /** Whether there is one. */
    public boolean isSet() {
        return from != null;
    }

    private byte[] secret() throws IOException {
        if (from == null) {
            return new byte[0];
        }
        byte[] secret = from.bytes();
        if (secret.length < BYTES_MIN) {
            throw new IOException("the token in " + from + " has " + secret.length + " bytes; give at least "
                    + BYTES_MIN + ", such as 'openssl rand -hex 32' prints");
        }
        return secret;
    }

    /** What proves one end's knowledge of the secret to the other; {@code role} keeps one from playing back the other's. */
    byte[] proof(String role, byte[]... facts) throws IOException {
        try {
            MessageDigest key = MessageDigest.getInstance("SHA-256");
            key.update(PURPOSE);
            key.update(secret());
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key.digest(), MAC));
            mac.update(role.getBytes(StandardCharsets.UTF_8));
            for (byte[] fact : facts) {
                mac.update(fact);
            }
            return mac.doFinal();
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has SHA-256 and HMAC", e);
        }
    }
}

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
 * both ends' random numbers. Its file is read for each connection, so a new secret takes effect when the file is replaced.
 */
public final class Token {
    /** Fewer bytes could be guessed. */
    private static final int BYTES_MIN = 16;

    private static final int BYTES_MAX = 4096;
    private static final String MAC = "HmacSHA256";
    private static final byte[] PURPOSE = "leat worker token 1".getBytes(StandardCharsets.UTF_8);

    private final @Nullable Path file;

    private Token(@Nullable Path file) {
        this.file = file;
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
        Token token = new Token(file);
        token.secret();
        return token;
    }

    /** Whether there is one. */
    public boolean isSet() {
        return file != null;
    }

    private byte[] secret() throws IOException {
        Path from = file;
        if (from == null) {
            return new byte[0];
        }
        if (Files.size(from) > BYTES_MAX) {
            throw new IOException("the token in " + from + " is longer than " + BYTES_MAX + " bytes");
        }
        byte[] secret =
                Files.readString(from, StandardCharsets.ISO_8859_1).strip().getBytes(StandardCharsets.ISO_8859_1);
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

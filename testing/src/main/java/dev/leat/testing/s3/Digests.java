package dev.leat.testing.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/** ETags and checksums as S3 writes them. */
final class Digests {
    private Digests() {}

    static byte[] of(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    static String base64(byte[] digest) {
        return Base64.getEncoder().encodeToString(digest);
    }

    static String crc32c(byte[] bytes) {
        return crc(new CRC32C(), bytes);
    }

    static String crc32(byte[] bytes) {
        return crc(new CRC32(), bytes);
    }

    private static String crc(Checksum crc, byte[] bytes) {
        crc.update(bytes, 0, bytes.length);
        return base64(
                ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
    }

    /** Whether every checksum that came with a body is its own. */
    static boolean match(Request request) {
        byte[] body = request.body();
        return matches(request.header("content-md5"), () -> base64(of("MD5", body)))
                && matches(request.header("x-amz-checksum-crc32c"), () -> crc32c(body))
                && matches(request.header("x-amz-checksum-crc32"), () -> crc32(body))
                && matches(request.header("x-amz-checksum-sha256"), () -> base64(of("SHA-256", body)));
    }

    private static boolean matches(@Nullable String claimed, Supplier<String> actual) {
        return claimed == null || claimed.equals(actual.get());
    }
}

package dev.leat.store.s3;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How one server's S3 differs from another's.
 *
 * @param name short name for options and messages
 * @param pathStyle whether the bucket stands in the path ({@code https://host/bucket/key}) rather than in the host name
 * @param checksums what protects the bytes on their way
 * @param listVersion 2, or 1 for servers without ListObjectsV2
 * @param conditionalPut whether the server enforces If-None-Match and If-Match when writing
 * @param batchDelete whether the server knows DeleteObjects; where it turns out not to, keys are deleted one by one
 */
public record Dialect(
        String name,
        boolean pathStyle,
        Checksums checksums,
        int listVersion,
        ConditionalPut conditionalPut,
        boolean batchDelete) {

    /** What protects the bytes on their way to and from the server, besides TLS. */
    public enum Checksums {
        /** A CRC32C goes with every body and is asked for with every read. */
        CRC32C,
        /** Only what the protocol requires: bodies are signed over plain HTTP, and TLS protects them otherwise. */
        WHEN_REQUIRED
    }

    /** Whether a server enforces conditions when writing. */
    public enum ConditionalPut {
        /** It does. */
        ENFORCED,
        /** It does not, or ignores them. */
        ABSENT,
        /** Found out by writing a small object twice when the store is first asked. */
        PROBED
    }

    /** Amazon S3. */
    public static final Dialect AWS = new Dialect("aws", false, Checksums.CRC32C, 2, ConditionalPut.ENFORCED, true);

    /** MinIO of 2024 or later. */
    public static final Dialect MINIO = new Dialect("minio", true, Checksums.CRC32C, 2, ConditionalPut.ENFORCED, true);

    /** Ceph's RADOS gateway; its releases differ in conditions, and those before Squid know no checksums. */
    public static final Dialect CEPH =
            new Dialect("ceph", true, Checksums.WHEN_REQUIRED, 2, ConditionalPut.PROBED, true);

    /** A server nothing is known about. */
    public static final Dialect GENERIC =
            new Dialect("generic", true, Checksums.WHEN_REQUIRED, 2, ConditionalPut.PROBED, true);

    /** Checks the values. */
    public Dialect {
        if (listVersion != 1 && listVersion != 2) {
            throw new IllegalArgumentException("list version " + listVersion + ": only 1 and 2 exist");
        }
    }

    /**
     * The dialect of a name: {@code aws}, {@code minio}, {@code ceph} or {@code generic}.
     *
     * @throws IllegalArgumentException for another name
     */
    public static Dialect named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "aws" -> AWS;
            case "minio" -> MINIO;
            case "ceph", "rgw" -> CEPH;
            case "generic" -> GENERIC;
            default ->
                throw new IllegalArgumentException(
                        "'" + name + "' is no S3 dialect: choose aws, minio, ceph or generic");
        };
    }

    /** The same with another addressing style. */
    public Dialect withPathStyle(boolean style) {
        return new Dialect(name, style, checksums, listVersion, conditionalPut, batchDelete);
    }

    /** The same with another protection of the bytes. */
    public Dialect withChecksums(Checksums mode) {
        return new Dialect(name, pathStyle, mode, listVersion, conditionalPut, batchDelete);
    }

    /** The same with another list call. */
    public Dialect withListVersion(int version) {
        return new Dialect(name, pathStyle, checksums, version, conditionalPut, batchDelete);
    }

    /** The same with conditions known to be enforced, or not. */
    public Dialect withConditionalPut(ConditionalPut put) {
        return new Dialect(name, pathStyle, checksums, listVersion, put, batchDelete);
    }

    /** The same with or without DeleteObjects. */
    public Dialect withBatchDelete(boolean known) {
        return new Dialect(name, pathStyle, checksums, listVersion, conditionalPut, known);
    }

    /** Whether the server is MinIO, whose listings need care. */
    boolean isMinio() {
        return name.equals(MINIO.name);
    }

    /** Whether the address alone tells that the server is Amazon's. */
    static boolean isAws(@Nullable URI endpoint) {
        if (endpoint == null) {
            return true;
        }
        String host = endpoint.getHost() == null ? "" : endpoint.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".amazonaws.com") || host.endsWith(".amazonaws.com.cn");
    }

    /**
     * The dialect of a server that answered with these headers.
     *
     * @param server its {@code Server} header, empty if none
     * @param requestId its {@code x-amz-request-id} header, empty if none
     */
    static Dialect ofAnswer(String server, String requestId) {
        String name = server.toLowerCase(Locale.ROOT);
        if (name.startsWith("minio")) {
            return MINIO;
        }
        if (name.equals("amazons3")) {
            return AWS;
        }
        // RGW numbers its requests tx<21 hex digits>-<rest>
        if (name.contains("ceph") || requestId.startsWith("tx0000")) {
            return CEPH;
        }
        return GENERIC;
    }
}

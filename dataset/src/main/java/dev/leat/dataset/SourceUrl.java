package dev.leat.dataset;

import dev.leat.store.StoreUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where data to be mounted in place lies, as users write it. */
public sealed interface SourceUrl {
    /** What can be written, for messages. */
    String FORMS = "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX, abfss://CONTAINER@ACCOUNT/PREFIX, "
            + "hdfs://HOST:PORT/PATH, webhdfs://HOST:PORT/PATH, http(s)://HOST/PATH/ with index pages, or "
            + "file:///DIRECTORY";

    /** {@code s3://bucket/prefix}. */
    record Bucket(StoreUrl.Bucket url) implements SourceUrl {}

    /**
     * {@code gs://bucket/prefix}: Google Cloud Storage.
     *
     * @param prefix empty, or ending in a slash
     */
    record Google(String bucket, String prefix) implements SourceUrl {}

    /**
     * {@code az://container/prefix}, {@code abfs://container@account/prefix}: Azure Blob Storage.
     *
     * @param account null where the address names none
     * @param host where the account is served if the address says so, else null
     * @param prefix empty, or ending in a slash
     */
    record Azure(@Nullable String account, @Nullable String host, String container, String prefix)
            implements SourceUrl {}

    /**
     * {@code hdfs://host:port/path}: a Hadoop file system by its own protocol.
     *
     * @param server {@code hdfs://host:port}, or {@code hdfs://service}; null for the one that Hadoop's configuration names
     * @param path absolute, without a slash at its end unless it is the root
     */
    record Hadoop(@Nullable URI server, String path) implements SourceUrl {}

    /**
     * {@code webhdfs://host:port/path}, or {@code swebhdfs://} with TLS: a Hadoop file system by HTTP.
     *
     * @param server {@code http://host:port} or {@code https://host:port}
     * @param path absolute, without a slash at its end unless it is the root
     */
    record WebHadoop(URI server, String path) implements SourceUrl {}

    /**
     * {@code http://host/path/}: index pages.
     *
     * @param root with a slash at its end
     */
    record Web(URI root) implements SourceUrl {}

    /** {@code file:///directory}. */
    record Directory(Path path) implements SourceUrl {}

    /** Whether a text is the address of a source, rather than of a volume's metadata. */
    static boolean isSource(String text) {
        return switch (scheme(text)) {
            case "s3", "gs", "az", "abfs", "abfss", "hdfs", "webhdfs", "swebhdfs", "http", "https", "file" -> true;
            default -> false;
        };
    }

    private static String scheme(String text) {
        int colon = text.indexOf("://");
        return colon <= 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException with one line that says what is wrong and what can be written; it never repeats
     *     credentials
     */
    static SourceUrl parse(String text) {
        return switch (scheme(text)) {
            case "http", "https" -> new Web(web(text));
            case "s3" -> {
                if (StoreUrl.parse(text) instanceof StoreUrl.Bucket bucket) {
                    yield new Bucket(bucket);
                }
                throw new IllegalArgumentException("'" + text + "' is no bucket: write " + FORMS);
            }
            case "gs" -> CloudUrls.google(text);
            case "az", "abfs", "abfss" -> CloudUrls.azure(text);
            case "hdfs" -> CloudUrls.hadoop(text);
            case "webhdfs", "swebhdfs" -> CloudUrls.webHadoop(text);
            case "file" -> {
                if (StoreUrl.parse(text) instanceof StoreUrl.Directory directory) {
                    yield new Directory(directory.path());
                }
                throw new IllegalArgumentException("'" + text + "' is no directory: write " + FORMS);
            }
            default -> throw new IllegalArgumentException("no data can be mounted from there: write " + FORMS);
        };
    }

    private static URI web(String text) {
        URI uri;
        try {
            uri = new URI(text).normalize();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address cannot be read: " + e.getReason() + "; write " + FORMS, e);
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("'" + uri.getScheme() + "://…@" + uri.getHost()
                    + "' holds credentials, which logs would show: only what is served without them can be mounted");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("'" + text + "' names no host: write " + FORMS);
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "'" + text + "' has a query or a fragment: name the directory alone, as in " + FORMS);
        }
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return URI.create(uri.getScheme().toLowerCase(Locale.ROOT) + "://"
                + uri.getHost().toLowerCase(Locale.ROOT) + port + path + (path.endsWith("/") ? "" : "/"));
    }
}

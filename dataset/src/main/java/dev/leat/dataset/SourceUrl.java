package dev.leat.dataset;

import dev.leat.store.StoreUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;

/** Where data to be mounted in place lies, as users write it. */
public sealed interface SourceUrl {
    /** What can be written, for messages. */
    String FORMS = "s3://BUCKET/PREFIX, http(s)://HOST/PATH/ with index pages, or file:///DIRECTORY";

    /** {@code s3://bucket/prefix}. */
    record Bucket(StoreUrl.Bucket url) implements SourceUrl {}

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
            case "s3", "http", "https", "file" -> true;
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

package dev.leat.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a store lies, as users write it. What follows the scheme is taken as it stands; nothing is percent-decoded. */
public sealed interface StoreUrl {

    /**
     * {@code file:///dir}: a directory, local or on any mounted file system.
     *
     * @param path absolute path
     */
    record Directory(Path path) implements StoreUrl {
        @Override
        public String toString() {
            return "file://" + path;
        }
    }

    /**
     * {@code s3://bucket/prefix}, or {@code https://endpoint/bucket/prefix}.
     *
     * @param name the bucket
     * @param prefix what its keys begin with: empty, or ending in a slash
     * @param endpoint the server if the URL names one, else null
     */
    record Bucket(String name, String prefix, @Nullable URI endpoint) implements StoreUrl {
        @Override
        public String toString() {
            return endpoint == null ? "s3://" + name + "/" + prefix : endpoint + "/" + name + "/" + prefix;
        }
    }

    /** What can be written, for messages. */
    String FORMS = "file:///DIRECTORY, s3://BUCKET/PREFIX, or https://ENDPOINT/BUCKET/PREFIX";

    /** A bucket in the host name, as Amazon's console shows it. */
    Pattern AMAZON_HOST =
            Pattern.compile("(?<bucket>[a-z0-9.-]+)\\.(?<server>s3[.-][a-z0-9.-]*amazonaws\\.com(\\.cn)?)");

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException with one line that says what is wrong and what can be written; it never repeats
     *     credentials
     */
    static StoreUrl parse(String text) {
        int colon = text.indexOf("://");
        if (colon <= 0) {
            throw new IllegalArgumentException("'" + hidden(text) + "' is no store: write " + FORMS
                    + (text.startsWith("/") ? "; for this directory file://" + text : ""));
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = text.substring(colon + 3);
        return switch (scheme) {
            case "file" -> directory(text, rest);
            case "s3" -> bucket(text, rest, null);
            case "http", "https" -> endpoint(text, scheme, rest);
            default ->
                throw new IllegalArgumentException(
                        "no store speaks " + scheme + ":// (" + hidden(text) + "): write " + FORMS);
        };
    }

    private static StoreUrl directory(String text, String rest) {
        if (!rest.startsWith("/")) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no absolute path: write three slashes, as in file:///" + rest);
        }
        try {
            return new Directory(Path.of(rest).normalize());
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + text.replace('\0', '?') + "' is no path: " + e.getReason(), e);
        }
    }

    private static StoreUrl bucket(String text, String rest, @Nullable URI endpoint) {
        int slash = rest.indexOf('/');
        String name = slash < 0 ? rest : rest.substring(0, slash);
        if (name.indexOf('@') >= 0) {
            throw credentials(text);
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("'" + hidden(text) + "' names no bucket: write " + FORMS);
        }
        if (!name.matches("[A-Za-z0-9._-]{1,255}")) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no bucket name: letters, digits, dots, dashes and underscores only");
        }
        String prefix = slash < 0 ? "" : rest.substring(slash + 1);
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        if (!prefix.isEmpty()) {
            try {
                Keys.check(prefix);
            } catch (StoreException e) {
                throw new IllegalArgumentException("the prefix in '" + hidden(text) + "' is bad: " + e.getMessage(), e);
            }
            prefix += "/";
        }
        return new Bucket(name, prefix, endpoint);
    }

    private static StoreUrl endpoint(String text, String scheme, String rest) {
        int slash = rest.indexOf('/');
        String host = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash + 1);
        if (host.indexOf('@') >= 0) {
            throw credentials(text);
        }
        Matcher amazon = AMAZON_HOST.matcher(host);
        if (amazon.matches()) {
            String inPath = amazon.group("bucket") + "/" + path;
            return bucket(text, inPath, uri(text, scheme, amazon.group("server")));
        }
        if (path.isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + text + "' names no bucket: write " + scheme + "://" + host + "/BUCKET/PREFIX");
        }
        return bucket(text, path, uri(text, scheme, host));
    }

    private static URI uri(String text, String scheme, String host) {
        try {
            URI uri = new URI(scheme + "://" + host);
            if (uri.getHost() == null) {
                throw new URISyntaxException(host, "no host");
            }
            return uri;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + text + "' has no valid host: write " + FORMS, e);
        }
    }

    private static IllegalArgumentException credentials(String text) {
        return new IllegalArgumentException(
                "'" + hidden(text) + "' holds credentials, which logs would show: leave them "
                        + "out and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile");
    }

    /** The text without what stands before an at sign. */
    private static String hidden(String text) {
        int at = text.lastIndexOf('@');
        int colon = text.indexOf("://");
        return at < 0 ? text : text.substring(0, colon < 0 ? 0 : colon + 3) + "…" + text.substring(at);
    }
}

package dev.leat.dataset;

import dev.leat.store.Keys;
import dev.leat.store.StoreException;
import java.net.URI;
import java.util.Locale;

/** Reads addresses of buckets, containers and Hadoop file systems for {@link SourceUrl}. */
final class CloudUrls {
    private CloudUrls() {}

    /**
     * What stands in an address of a bucket.
     *
     * @param name before the first slash
     * @param prefix what follows: empty, or ending in a slash
     */
    private record Place(String name, String prefix) {}

    private static Place place(String text) {
        String rest = text.substring(text.indexOf("://") + 3);
        int slash = rest.indexOf('/');
        String prefix = slash < 0 ? "" : rest.substring(slash + 1);
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        if (!prefix.isEmpty()) {
            try {
                Keys.check(prefix);
            } catch (StoreException e) {
                throw new IllegalArgumentException("the prefix of the address is bad: " + e.getMessage(), e);
            }
            prefix += "/";
        }
        return new Place(slash < 0 ? rest : rest.substring(0, slash), prefix);
    }

    private static String named(Place place, String text) {
        if (!place.name.matches("[A-Za-z0-9$._-]{1,255}")) {
            throw new IllegalArgumentException(
                    "'" + text + "' names no bucket that can be: letters, digits, dots, dashes and underscores; write "
                            + SourceUrl.FORMS);
        }
        return place.name;
    }

    /** {@code gs://}. */
    static SourceUrl google(String text) {
        Place place = place(text);
        if (place.name.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "'gs://…@…' holds credentials, which logs would show: leave them out and name a key file in "
                            + "GOOGLE_APPLICATION_CREDENTIALS");
        }
        return new SourceUrl.Google(named(place, text), place.prefix);
    }

    /** {@code az://}, {@code abfs://}, {@code abfss://}. */
    static SourceUrl azure(String text) {
        Place place = place(text);
        int at = place.name.indexOf('@');
        if (at < 0) {
            return new SourceUrl.Azure(null, null, named(place, text), place.prefix);
        }
        String container = named(new Place(place.name.substring(0, at), ""), text);
        String host = place.name.substring(at + 1).toLowerCase(Locale.ROOT);
        if (!host.matches("[a-z0-9-]+(\\.[a-z0-9.-]+)?")) {
            throw new IllegalArgumentException(
                    "the address names no storage account behind its '@': write abfss://CONTAINER@ACCOUNT/PREFIX; "
                            + "credentials come from the environment");
        }
        int dot = host.indexOf('.');
        return dot < 0
                ? new SourceUrl.Azure(host, null, container, place.prefix)
                : new SourceUrl.Azure(host.substring(0, dot), host.replace(".dfs.", ".blob."), container, place.prefix);
    }

    /** {@code hdfs://}. */
    static SourceUrl hadoop(String text) {
        String rest = text.substring("hdfs://".length());
        int slash = rest.indexOf('/');
        String server = slash < 0 ? rest : rest.substring(0, slash);
        if (!server.matches("[A-Za-z0-9._-]*(:\\d{1,5})?")) {
            throw new IllegalArgumentException("'hdfs://" + server.replaceAll(".*@", "…@")
                    + "' names no host or name service: write hdfs://HOST:PORT/PATH");
        }
        return new SourceUrl.Hadoop(
                server.isEmpty() ? null : URI.create("hdfs://" + server), path(slash < 0 ? "" : rest.substring(slash)));
    }

    /** {@code webhdfs://}, {@code swebhdfs://}. */
    static SourceUrl webHadoop(String text) {
        String scheme = text.substring(0, text.indexOf("://")).toLowerCase(Locale.ROOT);
        String rest = text.substring(scheme.length() + 3);
        int slash = rest.indexOf('/');
        String server = slash < 0 ? rest : rest.substring(0, slash);
        if (!server.matches("[A-Za-z0-9._-]+(:\\d{1,5})?")) {
            throw new IllegalArgumentException("'" + scheme + "://" + server.replaceAll(".*@", "…@")
                    + "' names no host: write " + scheme + "://HOST:PORT/PATH");
        }
        String usual = scheme.equals("webhdfs") ? "http" : "https";
        String port = server.indexOf(':') >= 0 ? "" : usual.equals("http") ? ":9870" : ":9871";
        return new SourceUrl.WebHadoop(
                URI.create(usual + "://" + server + port), path(slash < 0 ? "" : rest.substring(slash)));
    }

    /** A path of a Hadoop file system, which has no empty names. */
    private static String path(String text) {
        StringBuilder path = new StringBuilder();
        for (String name : text.split("/")) {
            if (name.equals(".") || name.equals("..")) {
                throw new IllegalArgumentException("the path '" + text + "' has a '.' or '..' in it: write it out");
            }
            if (!name.isEmpty()) {
                path.append('/').append(name);
            }
        }
        return path.isEmpty() ? "/" : path.toString();
    }
}

package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.MetaUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a volume lies in Redis and how to get there.
 *
 * @param host name or address of the primary
 * @param port its port
 * @param database number of the database, 0 in a cluster
 * @param user name of an ACL user, or null for the default one
 * @param password its password, or null for none
 * @param tls whether the connection is encrypted; the server's certificate must be valid for {@code host}
 * @param caFile PEM file with the certificates to trust instead of the JDK's, or null
 * @param name distinguishes the volumes of one database; part of every key
 * @param timeout longest time that a call takes
 * @param feedEventsMax about how many commits the feed remembers
 */
public record RedisConfig(
        String host,
        int port,
        int database,
        @Nullable String user,
        @Nullable String password,
        boolean tls,
        @Nullable Path caFile,
        String name,
        Duration timeout,
        int feedEventsMax) {
    /** The port of Redis. */
    public static final int PORT_DEFAULT = 6379;

    /** The name of the only volume of a database. */
    public static final String NAME_DEFAULT = "leat";

    /** Shorter than the 30 s after which a file system request fails, so that a failover can be waited out in it. */
    public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(5);

    /** Ten seconds of a busy volume, about 20 MB in the server. A client that falls behind further forgets its caches. */
    public static final int FEED_EVENTS_DEFAULT = 100_000;

    /** Names a PEM file with the certificates to trust. */
    public static final String CA_VARIABLE = "LEAT_META_CA";

    private static final Pattern ADDRESS = Pattern.compile("(?:\\[([^\\]]+)\\]|([^:\\[\\]]+))(?::([0-9]{1,5}))?");
    private static final Pattern NUMBER = Pattern.compile("([0-9]{0,5})/?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    /**
     * What a URL says: {@code redis://[user[:password]@]host[:port][/database]}, {@code rediss://} for TLS, and the parameters
     * {@code name} and {@code ca}. The CA file may also come from the environment, as {@value #CA_VARIABLE}.
     *
     * @throws MetaException of kind INVALID, in words for the user
     */
    public static RedisConfig from(MetaUrl url) throws MetaException {
        for (String parameter : url.parameters().keySet()) {
            if (!parameter.equals("name") && !parameter.equals("ca")) {
                throw new MetaException(
                        Kind.INVALID, "unknown parameter '" + parameter + "' in " + url + "; there are name and ca");
            }
        }
        if (url.hosts().contains(",")) {
            throw new MetaException(
                    Kind.INVALID,
                    url
                            + " names several hosts; Sentinel and Cluster lists are not supported, give the primary's address");
        }
        Matcher address = ADDRESS.matcher(url.hosts());
        Matcher number = NUMBER.matcher(url.path());
        if (!address.matches() || !number.matches()) {
            throw new MetaException(
                    Kind.INVALID, url + " is not of the form redis://[user[:password]@]host[:port][/database number]");
        }
        String host = address.group(1) != null ? address.group(1) : address.group(2);
        int port = address.group(3) == null ? PORT_DEFAULT : Integer.parseInt(address.group(3));
        String digits = number.group(1);
        RedisConfig config = of(host, port, digits.isEmpty() ? 0 : Integer.parseInt(digits))
                .withCredentials(url.user(), url.password())
                .withName(url.parameters().getOrDefault("name", NAME_DEFAULT));
        if (url.engine() != MetaUrl.Engine.REDIS_TLS) {
            return config;
        }
        String ca = url.parameters().getOrDefault("ca", System.getenv(CA_VARIABLE));
        return config.withTls(ca == null || ca.isEmpty() ? null : Path.of(ca));
    }

    /** A server without password and encryption. */
    public static RedisConfig of(String host, int port, int database) {
        return new RedisConfig(
                host, port, database, null, null, false, null, NAME_DEFAULT, TIMEOUT_DEFAULT, FEED_EVENTS_DEFAULT);
    }

    /** This, with credentials. */
    public RedisConfig withCredentials(@Nullable String newUser, @Nullable String newPassword) {
        return new RedisConfig(host, port, database, newUser, newPassword, tls, caFile, name, timeout, feedEventsMax);
    }

    /** This, encrypted. */
    public RedisConfig withTls(@Nullable Path newCaFile) {
        return new RedisConfig(host, port, database, user, password, true, newCaFile, name, timeout, feedEventsMax);
    }

    /** This, for another volume of the database. */
    public RedisConfig withName(String newName) {
        return new RedisConfig(host, port, database, user, password, tls, caFile, newName, timeout, feedEventsMax);
    }

    /** This, with another time limit. */
    public RedisConfig withTimeout(Duration newTimeout) {
        return new RedisConfig(host, port, database, user, password, tls, caFile, name, newTimeout, feedEventsMax);
    }

    /** This, with another length of the feed. */
    public RedisConfig withFeedEventsMax(int newFeedEventsMax) {
        return new RedisConfig(host, port, database, user, password, tls, caFile, name, timeout, newFeedEventsMax);
    }

    /** The URL without secrets. */
    public String location() {
        String query = name.equals(NAME_DEFAULT) ? "" : "?name=" + name;
        return (tls ? "rediss://" : "redis://") + address() + "/" + database + query;
    }

    String address() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    void validate() throws MetaException {
        if (port < 1 || port > 65_535) {
            throw new MetaException(Kind.INVALID, "the port " + port + " of " + location() + " is not in 1 to 65535");
        }
        if (!NAME.matcher(name).matches()) {
            throw new MetaException(
                    Kind.INVALID,
                    "the volume name '" + name + "' is not made of 1 to 64 of the characters A-Z a-z 0-9 _ . -");
        }
        if (timeout.toMillis() < 1) {
            throw new MetaException(Kind.INVALID, "the timeout of " + location() + " is not positive");
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return location();
    }
}

package dev.leat.meta.engine.postgres;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.MetaUrl;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Where a volume lies in PostgreSQL and how to get there.
 *
 * @param hosts host and port of the server, or of several with commas between them, of which the primary is taken
 * @param database name of the database, which exists
 * @param user the role to log in as, or null for the operating system's user
 * @param password its password, or null for none
 * @param schema the schema that holds the volume's tables
 * @param driver settings for the driver, such as {@code sslmode}
 * @param timeout longest time that a call takes
 * @param connectionsMax most connections for commits and reads
 */
public record PostgresConfig(
        String hosts,
        String database,
        @Nullable String user,
        @Nullable String password,
        String schema,
        Map<String, String> driver,
        Duration timeout,
        int connectionsMax) {
    /** The schema of the only volume of a database. */
    public static final String SCHEMA_DEFAULT = "leat";

    /** Shorter than the 30 s after which a file system request fails, so that a failover can be waited out in it. */
    public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(5);

    /** A server's usual limit is 100 for all its clients. */
    public static final int CONNECTIONS_DEFAULT = 8;

    /** Names a PEM file with the certificates to trust. */
    public static final String CA_VARIABLE = "LEAT_META_CA";

    /** Settings of the driver that a URL may name; others would break what the engine relies on. */
    private static final Set<String> DRIVER_SETTINGS = Set.of(
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslpassword",
            "sslnegotiation",
            "sslfactory",
            "channelBinding",
            "gssEncMode",
            "prepareThreshold",
            "ApplicationName");

    private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /**
     * What a URL says: {@code postgres://[user[:password]@]host[:port][,host…]/database}, and the parameters {@code schema},
     * {@code sslmode}, {@code sslrootcert} and others of the driver. The CA's certificate may also come from the environment,
     * as {@value #CA_VARIABLE}.
     *
     * @throws MetaException of kind INVALID, in words for the user
     */
    public static PostgresConfig from(MetaUrl url) throws MetaException {
        if (url.hosts().isEmpty()) {
            throw new MetaException(
                    Kind.INVALID,
                    url + " names no host; Unix sockets are not supported, give a host such as 127.0.0.1");
        }
        PostgresConfig config = of(url.hosts(), url.path(), url.user()).withPassword(url.password());
        String ca = System.getenv(CA_VARIABLE);
        if (ca != null && !ca.isEmpty()) {
            config = config.with("sslrootcert", ca);
        }
        for (Map.Entry<String, String> parameter : url.parameters().entrySet()) {
            config = parameter.getKey().equals("schema")
                    ? config.withSchema(parameter.getValue())
                    : config.with(parameter.getKey(), parameter.getValue());
        }
        return config;
    }

    /** A volume in a database, without password. */
    public static PostgresConfig of(String hosts, String database, @Nullable String user) {
        return new PostgresConfig(
                hosts, database, user, null, SCHEMA_DEFAULT, Map.of(), TIMEOUT_DEFAULT, CONNECTIONS_DEFAULT);
    }

    /** This, with a password. */
    public PostgresConfig withPassword(@Nullable String newPassword) {
        return new PostgresConfig(hosts, database, user, newPassword, schema, driver, timeout, connectionsMax);
    }

    /** This, in another schema. */
    public PostgresConfig withSchema(String newSchema) {
        return new PostgresConfig(hosts, database, user, password, newSchema, driver, timeout, connectionsMax);
    }

    /** This, with another time limit. */
    public PostgresConfig withTimeout(Duration newTimeout) {
        return new PostgresConfig(hosts, database, user, password, schema, driver, newTimeout, connectionsMax);
    }

    /** This, with another limit of connections. */
    public PostgresConfig withConnectionsMax(int newConnectionsMax) {
        return new PostgresConfig(hosts, database, user, password, schema, driver, timeout, newConnectionsMax);
    }

    /** This, with a setting of the driver. */
    public PostgresConfig with(String name, String value) {
        Map<String, String> settings = new TreeMap<>(driver);
        settings.put(name, value);
        return new PostgresConfig(hosts, database, user, password, schema, settings, timeout, connectionsMax);
    }

    /** The URL without secrets. */
    public String location() {
        String who = user == null ? "" : user + "@";
        String query = schema.equals(SCHEMA_DEFAULT) ? "" : "?schema=" + schema;
        return "postgres://" + who + hosts + "/" + database + query;
    }

    void validate() throws MetaException {
        if (!SCHEMA.matcher(schema).matches()) {
            throw new MetaException(
                    Kind.INVALID,
                    "the schema '" + schema
                            + "' is not a name of up to 63 of the characters a-z 0-9 _, no digit first");
        }
        if (database.isEmpty()) {
            throw new MetaException(
                    Kind.INVALID, location() + " names no database; write postgres://user@host/database");
        }
        for (String name : driver.keySet()) {
            if (!DRIVER_SETTINGS.contains(name)) {
                throw new MetaException(
                        Kind.INVALID,
                        "unknown setting '" + name + "' of " + location() + "; it may have schema and "
                                + String.join(
                                        ", ", DRIVER_SETTINGS.stream().sorted().toList()));
            }
        }
        if (timeout.toMillis() < 1 || connectionsMax < 1) {
            throw new MetaException(
                    Kind.INVALID, "the timeout and number of connections of " + location() + " must be positive");
        }
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + hosts + "/"
                + java.net.URLEncoder.encode(database, java.nio.charset.StandardCharsets.UTF_8);
    }

    Properties properties() {
        Properties properties = new Properties();
        if (user != null) {
            PGProperty.USER.set(properties, user);
        }
        if (password != null) {
            PGProperty.PASSWORD.set(properties, password);
        }
        long seconds = Math.max(1, timeout.toSeconds());
        PGProperty.CONNECT_TIMEOUT.set(properties, (int) Math.min(seconds, CONNECT_TIMEOUT.toSeconds()));
        // The server's own limit comes first, so that a slow statement is ended there and not left running.
        PGProperty.SOCKET_TIMEOUT.set(properties, (int) seconds + 2);
        PGProperty.LOGIN_TIMEOUT.set(properties, (int) seconds);
        PGProperty.TARGET_SERVER_TYPE.set(properties, "primary");
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.APPLICATION_NAME.set(properties, "leat");
        PGProperty.PREPARE_THRESHOLD.set(properties, 1);
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "13");
        // Every statement here is meant to walk the primary key for a handful of keys. Without these, a plan made while
        // the table was small could read all of it later.
        PGProperty.OPTIONS.set(
                properties,
                "-c synchronous_commit=off -c statement_timeout=" + timeout.toMillis()
                        + " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
                        + " -c plan_cache_mode=force_generic_plan");
        driver.forEach(properties::setProperty);
        return properties;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return location();
    }
}

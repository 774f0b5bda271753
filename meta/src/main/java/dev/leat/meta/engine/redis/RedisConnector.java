package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/** Makes connections to one Redis server, each logged in, on the right database, to a primary that knows the scripts. */
final class RedisConnector {
    /** A host that does not answer a handshake by then is down; a call's own time limit may be shorter. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final RedisConfig config;
    private final JedisClientConfig clientConfig;
    private final RedisErrors errors;

    RedisConnector(RedisConfig config) throws MetaException {
        this.config = config;
        this.errors = new RedisErrors(config);
        int timeoutMs = Math.toIntExact(Math.min(config.timeout().toMillis(), Integer.MAX_VALUE / 2));
        DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis((int) Math.min(CONNECT_TIMEOUT.toMillis(), timeoutMs))
                .socketTimeoutMillis(timeoutMs)
                .database(config.database())
                .clientName("leat")
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
        if (config.user() != null) {
            builder.user(config.user());
        }
        if (config.password() != null) {
            builder.password(config.password());
        }
        if (config.tls()) {
            SSLParameters parameters = new SSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            builder.ssl(true).sslParameters(parameters);
            if (config.caFile() != null) {
                builder.sslSocketFactory(trusting(config.caFile()));
            }
        }
        this.clientConfig = builder.build();
    }

    private static SSLSocketFactory trusting(Path caFile) throws MetaException {
        try (InputStream in = Files.newInputStream(caFile)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + count++, certificate);
            }
            if (count == 0) {
                throw new MetaException(Kind.INVALID, "the CA file " + caFile + " has no certificate in it");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (MetaException e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new MetaException(
                    Kind.INVALID, "cannot read the CA file " + caFile + " as PEM certificates: " + e.getMessage(), e);
        }
    }

    /** A new connection to the primary, for commits, reads or the feed. */
    Connection connect() throws MetaException {
        Connection connection = connectAnywhere();
        try {
            Map<String, String> replication = RedisFacts.info(connection, "replication");
            if ("slave".equals(replication.get("role"))) {
                throw new MetaException(
                        Kind.UNAVAILABLE,
                        "redis at " + config.address()
                                + " is a replica; wait for the failover to end or give the address of the primary");
            }
            for (RedisScript script : RedisScript.ALL) {
                connection.executeCommand(new CommandArguments(Protocol.Command.SCRIPT)
                        .add(Protocol.Keyword.LOAD)
                        .add(script.source()));
            }
            return connection;
        } catch (JedisException e) {
            close(connection);
            throw errors.of(e);
        } catch (MetaException e) {
            close(connection);
            throw e;
        }
    }

    /** A new connection to whatever answers there. */
    Connection connectAnywhere() throws MetaException {
        try {
            Connection connection = new Connection(new HostAndPort(config.host(), config.port()), clientConfig);
            if (!connection.isConnected()) {
                connection.connect();
            }
            return connection;
        } catch (JedisException e) {
            throw errors.connecting(e);
        }
    }

    static void close(@Nullable Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            connection.forceDisconnect();
        } catch (IOException | RuntimeException e) {
            // It is of no more use either way.
        }
    }

    RedisErrors errors() {
        return errors;
    }

    String location() {
        return config.location();
    }

    MetaException unavailable(RuntimeException cause) {
        return errors.of(cause);
    }

    MetaException unavailable(String what) {
        return new MetaException(Kind.UNAVAILABLE, "redis at " + config.address() + ": " + what);
    }

    MetaException notSynced(Object reply) {
        String why = reply instanceof RuntimeException e ? String.valueOf(e.getMessage()) : "it took too long";
        return unavailable("cannot tell whether its disk has the change: " + why);
    }

    long timeoutMs() {
        return config.timeout().toMillis();
    }

    MetaException closed() {
        return new MetaException(Kind.INVALID, "the connection to " + config.location() + " is closed");
    }
}

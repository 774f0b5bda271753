package dev.leat.meta.engine.postgres;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.ProcessContract;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a real PostgreSQL server. */
final class PostgresEngineTest extends MetaEngineContract implements ProcessContract {
    private static @Nullable PostgresServer server;

    private final String schema = "leat_" + UUID.randomUUID().toString().replace('-', '_');

    @BeforeAll
    static void start() throws Exception {
        Requires.that(PostgresServer.programs().isPresent(), PostgresServer.howToGet());
        server = PostgresServer.builder().start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static PostgresConfig config() {
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        return PostgresConfig.of(server.hosts(), PostgresServer.NAME, PostgresServer.NAME);
    }

    @Override
    public String url() {
        return "postgres://" + PostgresServer.NAME + "@" + config().hosts() + "/" + PostgresServer.NAME + "?schema="
                + schema;
    }

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url()), OpenMode.CREATE);
    }

    @Override
    public void trimFeed() throws Exception {
        try (PostgresEngine engine = PostgresEngine.open(config().withSchema(schema), OpenMode.EXISTING)) {
            engine.trim(0);
        }
    }

    @Override
    public void cutConnections() throws Exception {
        try (Connection connection = DriverManager.getConnection(config().jdbcUrl(), config().properties());
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    + " AND application_name = 'leat'");
        }
    }

    /** Numbers are given out before transactions end, and those of unlike keys may end in another order. */
    @Override
    public boolean feedOrdersReads() {
        return false;
    }
}

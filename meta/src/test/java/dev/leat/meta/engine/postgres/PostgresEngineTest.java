package dev.leat.meta.engine.postgres;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.ProcessContract;
import dev.leat.meta.engine.SharedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on a real PostgreSQL server. */
final class PostgresEngineTest extends MetaEngineContract implements ProcessContract {
    @RegisterExtension
    static final SharedPostgres POSTGRES = new SharedPostgres();

    private final String url = POSTGRES.newUrl();

    @Override
    public String url() {
        return url;
    }

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }

    private PostgresConfig config() throws MetaException {
        return PostgresConfig.from(MetaUrl.parse(url));
    }

    @Override
    public void trimFeed() throws Exception {
        try (PostgresEngine engine = PostgresEngine.open(config(), OpenMode.EXISTING)) {
            engine.trim(0);
        }
    }

    @Override
    public void cutConnections() throws Exception {
        PostgresConfig config = config();
        try (Connection connection = DriverManager.getConnection(config.jdbcUrl(), config.properties());
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

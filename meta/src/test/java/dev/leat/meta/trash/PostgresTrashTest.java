package dev.leat.meta.trash;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.PostgresServer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The trash on a real PostgreSQL server. */
final class PostgresTrashTest extends TrashContract {
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

    @Override
    MetaEngine connect() throws Exception {
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        String url = "postgres://" + PostgresServer.NAME + "@" + server.hosts() + "/" + PostgresServer.NAME + "?schema="
                + schema;
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }
}

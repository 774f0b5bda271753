package dev.leat.meta.engine;

import dev.leat.testing.Requires;
import dev.leat.testing.servers.PostgresServer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real PostgreSQL server that the tests of one class share; without the programs they are skipped. */
public final class SharedPostgres implements BeforeAllCallback, AfterAllCallback {
    private @Nullable PostgresServer server;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        Requires.that(PostgresServer.programs().isPresent(), PostgresServer.howToGet());
        server = PostgresServer.builder().start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (server != null) {
            server.close();
        }
    }

    /** The metadata URL of a volume that nobody has made yet, between the first and the last test. */
    public String newUrl() {
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        return "postgres://" + PostgresServer.NAME + "@" + server.hosts() + "/" + PostgresServer.NAME + "?schema=leat_"
                + UUID.randomUUID().toString().replace('-', '_');
    }
}

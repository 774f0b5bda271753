package dev.leat.meta.trash;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.RedisServer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The trash on a real Redis server. */
final class RedisTrashTest extends TrashContract {
    private static @Nullable RedisServer server;

    private final String name = "leat-" + UUID.randomUUID();

    @BeforeAll
    static void start() throws Exception {
        Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
        server = RedisServer.builder().start();
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
        String url = "redis://" + server.host() + ":" + server.port() + "/0?name=" + name;
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }
}

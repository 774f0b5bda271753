package dev.leat.meta.engine;

import dev.leat.testing.Requires;
import dev.leat.testing.servers.RedisServer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real Redis server that the tests of one class share; without the program they are skipped. */
public final class SharedRedis implements BeforeAllCallback, AfterAllCallback {
    private @Nullable RedisServer server;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
        server = RedisServer.builder().start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (server != null) {
            server.close();
        }
    }

    /** The server, between the first and the last test. */
    public RedisServer server() {
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        return server;
    }

    /** The metadata URL of a volume that nobody has made yet. */
    public String newUrl() {
        return "redis://" + server().host() + ":" + server().port() + "/0?name=leat-" + UUID.randomUUID();
    }
}

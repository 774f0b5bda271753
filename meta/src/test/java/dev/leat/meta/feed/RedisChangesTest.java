package dev.leat.meta.feed;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.RedisServer;
import org.jspecify.annotations.Nullable;

/** Hearing of changes on a real Redis server. */
final class RedisChangesTest extends ChangesContract {
    private @Nullable RedisServer server;

    @Override
    MetaEngine connect() throws Exception {
        RedisServer running = server;
        if (running == null) {
            Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
            running = closing(RedisServer.builder().start());
            server = running;
        }
        return MetaEngines.open(
                MetaUrl.parse("redis://" + running.host() + ":" + running.port() + "/0"), OpenMode.CREATE);
    }
}

package dev.leat.meta.engine.redis;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.ProcessContract;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.RedisServer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.params.XTrimParams;

/** The contract on a real Redis server. */
final class RedisEngineTest extends MetaEngineContract implements ProcessContract {
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

    private static RedisServer server() {
        if (server == null) {
            throw new IllegalStateException("the server was not started");
        }
        return server;
    }

    @Override
    public String url() {
        return "redis://" + server().host() + ":" + server().port() + "/0?name=" + name;
    }

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url()), OpenMode.CREATE);
    }

    @Override
    public void trimFeed() {
        try (Jedis jedis = new Jedis(server().host(), server().port())) {
            jedis.xtrim("{" + name + "}f", XTrimParams.xTrimParams().maxLen(0));
        }
    }

    @Override
    public void cutConnections() {
        try (Jedis jedis = new Jedis(server().host(), server().port())) {
            jedis.clientKill(ClientKillParams.clientKillParams().type(ClientType.NORMAL));
        }
    }
}

package dev.leat.meta.engine.redis;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.ProcessContract;
import dev.leat.meta.engine.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.params.XTrimParams;

/** The contract on a real Redis server. */
final class RedisEngineTest extends MetaEngineContract implements ProcessContract {
    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String url = REDIS.newUrl();

    @Override
    public String url() {
        return url;
    }

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }

    @Override
    public void trimFeed() throws MetaException {
        String name = RedisConfig.from(MetaUrl.parse(url)).name();
        try (Jedis jedis = jedis()) {
            jedis.xtrim("{" + name + "}f", XTrimParams.xTrimParams().maxLen(0));
        }
    }

    @Override
    public void cutConnections() {
        try (Jedis jedis = jedis()) {
            jedis.clientKill(ClientKillParams.clientKillParams().type(ClientType.NORMAL));
        }
    }

    private static Jedis jedis() {
        return new Jedis(REDIS.server().host(), REDIS.server().port());
    }
}

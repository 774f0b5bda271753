package dev.leat.meta.trash;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The trash on a real Redis server. */
final class RedisTrashTest extends TrashContract {
    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String url = REDIS.newUrl();

    @Override
    MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }
}

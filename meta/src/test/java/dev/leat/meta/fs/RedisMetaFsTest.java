package dev.leat.meta.fs;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The file system on a real Redis server. */
final class RedisMetaFsTest extends MetaFsContract {
    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String url = REDIS.newUrl();

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }

    @Override
    public double effort() {
        return 0.5;
    }
}

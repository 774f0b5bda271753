package dev.leat.meta;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.postgres.PostgresConfig;
import dev.leat.meta.engine.postgres.PostgresEngine;
import dev.leat.meta.engine.redis.RedisConfig;
import dev.leat.meta.engine.redis.RedisEngine;
import dev.leat.meta.engine.sqlite.SqliteEngine;
import java.nio.file.Path;

/** The one place that knows all metadata engines. */
public final class MetaEngines {
    private MetaEngines() {}

    /**
     * Opens the engine that a URL names.
     *
     * @throws MetaException as {@link MetaException.Kind} says, in one line for the user
     */
    public static MetaEngine open(MetaUrl url, OpenMode mode) throws MetaException {
        return switch (url.engine()) {
            case SQLITE -> SqliteEngine.open(Path.of(url.path()), mode);
            case POSTGRES -> PostgresEngine.open(PostgresConfig.from(url), mode);
            case REDIS, REDIS_TLS -> RedisEngine.open(RedisConfig.from(url), mode);
        };
    }
}

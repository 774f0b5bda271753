package dev.leat.meta.trash;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.SharedPostgres;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The trash on a real PostgreSQL server. */
final class PostgresTrashTest extends TrashContract {
    @RegisterExtension
    static final SharedPostgres POSTGRES = new SharedPostgres();

    private final String url = POSTGRES.newUrl();

    @Override
    MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }
}

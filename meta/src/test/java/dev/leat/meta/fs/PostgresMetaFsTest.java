package dev.leat.meta.fs;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.SharedPostgres;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The file system on a real PostgreSQL server. */
final class PostgresMetaFsTest extends MetaFsContract {
    @RegisterExtension
    static final SharedPostgres POSTGRES = new SharedPostgres();

    private final String url = POSTGRES.newUrl();

    @Override
    protected MetaEngine connect() throws Exception {
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }

    @Override
    public double effort() {
        return 0.4;
    }
}

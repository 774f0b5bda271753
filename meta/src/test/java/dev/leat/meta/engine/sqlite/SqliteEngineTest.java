package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.ProcessContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract on {@link SqliteEngine}; each client has connections and a committer of its own, as other processes have. */
final class SqliteEngineTest extends MetaEngineContract implements ProcessContract {
    @TempDir
    Path directory;

    @Override
    protected MetaEngine connect() throws Exception {
        return SqliteEngine.open(directory.resolve("volume.db"), OpenMode.CREATE);
    }

    @Override
    public String url() {
        return "sqlite://" + directory.resolve("volume.db");
    }

    @Override
    public void trimFeed() throws Exception {
        try (SqliteLink link = SqliteLink.open(directory.resolve("volume.db"), 256)) {
            link.beginWrite();
            link.trimFeed(1);
            link.commit();
        }
    }
}

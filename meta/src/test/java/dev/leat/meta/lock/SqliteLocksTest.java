package dev.leat.meta.lock;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.sqlite.SqliteEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Locks on SQLite; each mount has connections of its own, as in another process. */
final class SqliteLocksTest extends LockContract {
    @TempDir
    Path directory;

    @Override
    MetaEngine connect() throws Exception {
        return SqliteEngine.open(directory.resolve("volume.db"), OpenMode.CREATE);
    }

    @Override
    int steps() {
        return 300;
    }
}

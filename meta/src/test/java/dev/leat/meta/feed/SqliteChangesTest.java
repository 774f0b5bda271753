package dev.leat.meta.feed;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.sqlite.SqliteEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Hearing of changes on SQLite; each mount has connections of its own, as in another process. */
final class SqliteChangesTest extends ChangesContract {
    @TempDir
    Path directory;

    @Override
    MetaEngine connect() throws Exception {
        return SqliteEngine.open(directory.resolve("volume.db"), OpenMode.CREATE);
    }
}

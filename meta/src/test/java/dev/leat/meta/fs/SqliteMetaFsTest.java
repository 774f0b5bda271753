package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.sqlite.SqliteEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The file system on SQLite; each client has connections of its own, as other processes have. */
@SuppressWarnings("NullAway.Init") // Set by the extension.
final class SqliteMetaFsTest extends MetaFsContract {
    @TempDir
    private Path directory;

    @Override
    protected MetaEngine connect() throws Exception {
        return SqliteEngine.open(directory.resolve("volume.db"), OpenMode.CREATE);
    }
}

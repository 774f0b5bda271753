package dev.leat.meta.gc;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.sqlite.SqliteEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The same on a file. */
class SqliteGarbageCollectorTest extends GarbageCollectorTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private boolean made;

    @Override
    MetaEngine engine() throws MetaException {
        OpenMode mode = made ? OpenMode.EXISTING : OpenMode.CREATE;
        made = true;
        return SqliteEngine.open(folder.resolve("meta.db"), mode);
    }
}

package dev.leat.meta.trash;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.sqlite.SqliteEngine;

/** The trash on SQLite; each mount has connections of its own, as in another process. */
final class SqliteTrashTest extends TrashContract {
    @Override
    MetaEngine connect() throws Exception {
        return SqliteEngine.open(scratch.resolve("volume.db"), OpenMode.CREATE);
    }
}

package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** The file system on the engine in memory. */
class MemoryMetaFsTest extends MetaFsContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    protected MetaEngine connect() {
        return new MemoryEngine(volume);
    }
}

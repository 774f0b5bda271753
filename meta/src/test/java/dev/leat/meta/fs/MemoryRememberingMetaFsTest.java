package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** The file system as a mount has it, which tells names and attributes from memory. */
class MemoryRememberingMetaFsTest extends MetaFsContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    protected MetaEngine connect() {
        return new MemoryEngine(volume);
    }

    @Override
    protected MountSpec spec() {
        return MountSpec.of("test").remembering();
    }
}

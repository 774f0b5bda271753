package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/**
 * The file system as a mount has it, which tells names and attributes from memory. What others change it is told a moment later: {@link
 * RememberedCoherenceTest}.
 */
class MemoryRememberingMetaFsTest extends MountedVolume
        implements NamesContract, RenameContract, AttributeContract, XattrContract {
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

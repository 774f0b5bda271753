package dev.leat.meta.trash;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** The trash on the engine in memory. */
final class MemoryTrashTest extends TrashContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    MetaEngine connect() {
        return new MemoryEngine(volume);
    }
}

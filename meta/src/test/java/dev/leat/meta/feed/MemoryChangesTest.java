package dev.leat.meta.feed;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** Hearing of changes on the engine in memory. */
final class MemoryChangesTest extends ChangesContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    MetaEngine connect() {
        return new MemoryEngine(volume);
    }
}

package dev.leat.meta.lock;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** Locks on the engine in memory. */
final class MemoryLocksTest extends LockContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    MetaEngine connect() {
        return new MemoryEngine(volume);
    }

    @Override
    int steps() {
        return 10_000;
    }
}

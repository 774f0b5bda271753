package dev.leat.meta.engine.memory;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaEngineContract;

/** The contract on {@link MemoryEngine}. */
final class MemoryEngineTest extends MetaEngineContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    protected MetaEngine connect() {
        return new MemoryEngine(volume);
    }

    @Override
    public void trimFeed() {
        volume.trimFeed();
    }
}

package dev.leat.meta.usage;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;

/** Usage and quotas on the engine in memory. */
final class MemoryUsageTest extends UsageContract {
    private final MemoryVolume volume = new MemoryVolume();

    @Override
    MetaEngine connect() {
        return new MemoryEngine(volume);
    }
}

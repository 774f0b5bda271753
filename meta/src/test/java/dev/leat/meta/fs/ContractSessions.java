package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.Keys;
import java.util.ArrayList;
import java.util.List;

/** What a session keeps in the engine. */
final class ContractSessions {
    private ContractSessions() {}

    /** All rows of a live session. */
    static List<Key> rows(MetaEngine engine, int number) throws MetaException {
        return new ArrayList<>(
                engine.get(List.of(Keys.session(number), Keys.heartbeat(number)), List.of(Keys.slots(number)))
                        .keySet());
    }
}

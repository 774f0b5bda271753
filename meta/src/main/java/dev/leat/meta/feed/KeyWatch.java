package dev.leat.meta.feed;

import dev.leat.meta.engine.Key;

/** Hears of keys that other clients wrote; for parts of this client that remember values. Must not block. */
public interface KeyWatch {
    /** A key has another value now, or none. */
    void changed(Key key);

    /** Any key may have another value now. */
    void lost();
}

package dev.leat.vfs;

import java.io.IOException;

/** Holds background work back, so that it leaves bandwidth to others. */
@FunctionalInterface
public interface Pacer {
    /** Holds nothing back. */
    Pacer NONE = bytes -> {};

    /**
     * Waits until so many bytes may be moved.
     *
     * @throws IOException when the work shall end instead
     */
    void take(long bytes) throws IOException;
}

package dev.leat.meta.engine.sqlite;

import org.jspecify.annotations.Nullable;

/** Waits for the engine's own threads at its end. */
final class Closing {
    private Closing() {}

    /** Waits until a thread has ended, also when the caller is interrupted meanwhile. */
    static void join(@Nullable Thread thread) {
        boolean interrupted = false;
        while (thread != null && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.leat.sys;

import org.jspecify.annotations.Nullable;

/** Waiting for threads. */
public final class Threads {
    private Threads() {}

    /**
     * Waits until a thread has ended, also when the caller is interrupted meanwhile, which it finds out afterwards: what the thread uses is closed next.
     *
     * @param thread null for none
     */
    public static void join(@Nullable Thread thread) {
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

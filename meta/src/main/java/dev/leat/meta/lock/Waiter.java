package dev.leat.meta.lock;

import dev.leat.meta.fs.FileLock;
import java.util.concurrent.locks.LockSupport;

/** A thread that waits for a lock. */
final class Waiter {
    /** What became of the wait. */
    enum State {
        /** It goes on. */
        WAITING,
        /** The lock is taken. */
        GRANTED,
        /** It would never end. */
        DEADLOCKED
    }

    private final FileLock lock;
    private final Thread thread = Thread.currentThread();
    private volatile State state = State.WAITING;

    Waiter(FileLock lock) {
        this.lock = lock;
    }

    FileLock lock() {
        return lock;
    }

    State state() {
        return state;
    }

    void end(State end) {
        state = end;
        wake();
    }

    void wake() {
        LockSupport.unpark(thread);
    }
}

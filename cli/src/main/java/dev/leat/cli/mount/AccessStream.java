package dev.leat.cli.mount;

import dev.leat.fuse.session.AccessRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Requests on their way to one reader of {@code .accesslog}. It holds so many; what comes when it is full is lost, and a
 * line says how many were at the place where they are missing.
 */
final class AccessStream {
    /** Requests that wait for the reader: a fraction of a second of a busy mount, a few MiB at most. */
    private static final int WAITING_MAX = 8_192;

    /** Text that waits for the reader because somebody asked for the length. */
    private static final int WRITTEN_MAX_BYTES = 1 << 20;

    /** The end of the stream. */
    static final byte[] END = {};

    private final int waitingMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private final ArrayDeque<Item> waiting = new ArrayDeque<>();
    private long dropped;
    private long given;
    private byte[] rest = {};
    private boolean ended;
    private boolean over;

    private sealed interface Item {
        record Answered(AccessRecord request) implements Item {}

        record Gap(long requests) implements Item {}
    }

    AccessStream() {
        this(WAITING_MAX);
    }

    AccessStream(int waitingMax) {
        this.waitingMax = waitingMax;
    }

    /** Takes a request, or counts it as lost. */
    void add(AccessRecord request) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            if (waiting.size() >= waitingMax) {
                dropped++;
                return;
            }
            noteGap();
            waiting.add(new Item.Answered(request));
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void noteGap() {
        if (dropped > 0) {
            waiting.add(new Item.Gap(dropped));
            dropped = 0;
        }
    }

    /**
     * The next bytes; {@link #END} after {@link #end}.
     *
     * @param most bytes wanted, at least 1
     * @param wait whether to wait for a request when there is none
     * @return null if there is nothing and {@code wait} is false
     */
    byte @Nullable [] read(int most, boolean wait) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (rest.length == 0 && waiting.isEmpty() && dropped == 0 && !ended) {
                if (!wait) {
                    return null;
                }
                changed.await();
            }
            write(most);
            int length = Math.min(most, rest.length);
            byte[] next = Arrays.copyOf(rest, length);
            rest = Arrays.copyOfRange(rest, length, rest.length);
            given += length;
            over |= length == 0;
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Turns what waits into text, until there are so many bytes of it; under the lock. */
    private void write(int enough) {
        noteGap();
        StringBuilder text = new StringBuilder();
        while (rest.length + text.length() < enough && !waiting.isEmpty()) {
            text.append(text(waiting.remove()));
        }
        byte[] lines = text.toString().getBytes(StandardCharsets.UTF_8);
        int before = rest.length;
        rest = Arrays.copyOf(rest, before + lines.length);
        System.arraycopy(lines, 0, rest, before, lines.length);
    }

    /** Whether the reader has been told of the end. */
    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    private static String text(Item item) {
        return switch (item) {
            case Item.Answered(AccessRecord request) -> request.text();
            case Item.Gap(long requests) ->
                "# " + requests + " requests are missing here: they came faster than they were read\n";
        };
    }

    /** Bytes that were or could be read so far, and one more at the end, so that who goes by the length looks for it. */
    long bytes() {
        lock.lock();
        try {
            write(WRITTEN_MAX_BYTES);
            return given + rest.length + (ended ? 1 : 0);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream: what waits can still be read. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}

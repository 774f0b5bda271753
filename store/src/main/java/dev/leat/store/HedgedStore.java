package dev.leat.store;

import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Asks once more for a range whose answer is late, and takes the answer that comes first: a store of thousands of servers always has one that
 * is slow, and a reader of many objects always meets it. The idea and its price, some percent more requests for a tail that is several times
 * shorter, are in Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 *
 * <p>A request is late when it takes longer than 95 of 100 of about its size took lately. When the whole store is slow all are late; a budget then
 * bounds what is asked twice to one request in ten. The second request goes past request limits that stand above this store, within that
 * budget.
 */
public final class HedgedStore implements ObjectStore {
    /** Of all ranges read, at most this share is asked for twice: twice as many as are late in ordinary times. */
    private static final double SHARE = 0.1;

    /** Hedges that can be saved up in better times. */
    private static final double SAVED_MAX = 10;

    /** Memory of all second answers together. */
    private static final int BYTES_MAX = 16 << 20;

    /** Requests are compared with others of up to four times their size. */
    private static final int SIZES = 16;

    private final ObjectStore store;
    private final Latencies[] latencies = new Latencies[SIZES];
    private final Semaphore bytes = new Semaphore(BYTES_MAX);
    private final LongAdder hedges = new LongAdder();
    private final LongAdder won = new LongAdder();
    private double allowed = SAVED_MAX; // guarded by this

    /** Hedges the reads of {@code store}, which it closes when it is closed. */
    public HedgedStore(ObjectStore store) {
        this.store = store;
        for (int i = 0; i < SIZES; i++) {
            latencies[i] = new Latencies();
        }
    }

    /** Ranges that were asked for twice since the store was opened. */
    public long hedges() {
        return hedges.sum();
    }

    /** Those of them whose second answer came first. */
    public long won() {
        return won.sum();
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        int length = destination.remaining();
        Latencies ofSize = latencies[sizeClass(length)];
        earn();
        long began = System.nanoTime();
        long late = ofSize.lateNanos();
        if (late == Long.MAX_VALUE || length > BYTES_MAX) {
            store.get(key, offset, destination, ifMatch);
        } else {
            new Race(key, offset, destination, ifMatch).run(late);
        }
        // With a second answer this is less than the first one would have taken: then late ones are told from a time
        // that is too short, and the
        // budget bounds them.
        ofSize.add(System.nanoTime() - began);
    }

    private static int sizeClass(int length) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, length) - 1)) / 2;
    }

    private synchronized void earn() {
        allowed = Math.min(SAVED_MAX, allowed + SHARE);
    }

    private synchronized boolean spend() {
        if (allowed < 1) {
            return false;
        }
        allowed--;
        return true;
    }

    /** One range and the one or two requests for it. */
    private final class Race {
        private final String key;
        private final long offset;
        private final ByteBuffer destination;
        private final @Nullable String ifMatch;
        private final BlockingQueue<Attempt> ended = new ArrayBlockingQueue<>(2);

        Race(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) {
            this.key = key;
            this.offset = offset;
            this.destination = destination;
            this.ifMatch = ifMatch;
        }

        void run(long lateNanos) throws StoreException {
            int length = destination.remaining();
            Attempt first = new Attempt(destination.duplicate(), 0);
            try {
                Attempt winner = ended.poll(lateNanos, TimeUnit.NANOSECONDS);
                if (winner == null) {
                    winner = bytes.tryAcquire(length) ? second(first, length) : ended.take();
                }
                winner.check();
                if (winner != first) {
                    won.increment();
                    first.end();
                    destination.duplicate().put(winner.target.flip());
                }
                destination.position(destination.limit());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(Kind.UNAVAILABLE, "interrupted while '" + key + "' was read", e);
            } finally {
                // It writes to memory of the caller.
                first.end();
            }
        }

        /** Asks again; returns the request that succeeded first, or else the first one. */
        private Attempt second(Attempt first, int length) throws InterruptedException {
            if (!spend()) {
                bytes.release(length);
                return ended.take();
            }
            hedges.increment();
            Attempt second = new Attempt(ByteBuffer.allocate(length), length);
            try {
                Attempt one = ended.take();
                if (one.failure == null) {
                    return one;
                }
                Attempt other = ended.take();
                return other.failure == null ? other : first;
            } finally {
                second.thread.interrupt();
            }
        }

        /** A request on a thread of its own, since only so its wait can be ended. */
        private final class Attempt {
            private final ByteBuffer target;
            private final int permits;
            private final Thread thread;
            private volatile @Nullable Throwable failure;
            private volatile boolean over;

            Attempt(ByteBuffer target, int permits) {
                this.target = target;
                this.permits = permits;
                this.thread = Thread.ofVirtual().name("store-read").start(this::run);
            }

            private void run() {
                try {
                    store.get(key, offset, target, ifMatch);
                } catch (StoreException | RuntimeException | Error e) {
                    failure = e;
                } finally {
                    bytes.release(permits);
                    over = true;
                    ended.add(this);
                }
            }

            void check() throws StoreException {
                switch (failure) {
                    case null -> {}
                    // A trace of the caller's own, as the request's says nothing of who asked.
                    case StoreException e -> throw new StoreException(e.kind(), String.valueOf(e.getMessage()), e);
                    case Throwable e -> throw new IllegalStateException("a read failed", e);
                }
            }

            /** Returns when it does nothing any more. */
            void end() {
                if (over) {
                    return;
                }
                thread.interrupt();
                boolean interrupted = false;
                while (thread.isAlive()) {
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
    }

    @Override
    public StoreCapabilities capabilities() {
        return store.capabilities();
    }

    @Override
    public String location() {
        return store.location();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        return store.head(key);
    }

    @Override
    public long tail(String key, ByteBuffer destination) throws StoreException {
        return store.tail(key, destination);
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return store.put(key, body, condition);
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        return store.upload(key);
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return store.delete(keys);
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return store.list(prefix, delimiter, after, limit);
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return store.pendingUploads(prefix);
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        store.abort(upload);
    }

    @Override
    public void close() {
        store.close();
    }
}

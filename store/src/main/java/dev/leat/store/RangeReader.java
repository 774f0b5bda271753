package dev.leat.store;

import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of objects at the store's best speed: a large one as parallel ranged GETs, each straight into its slice of
 * the destination, since one connection gives 50 to 90 MB/s however fast the store is; neighbouring small ones as one GET,
 * since a gap of some KiB passes sooner than another answer begins.
 *
 * <p>Concurrency: each GET holds one of {@code getsMax} permits, given in the order of asking; one call uses at most
 * {@code getsPerReadMax} at a time, so that large reads do not keep small ones waiting. A call returns only when no thread
 * writes to its destination any more, also when it fails or its thread is interrupted.
 */
public final class RangeReader {
    private final ObjectStore store;
    private final Sizes sizes;
    private final Semaphore gets;

    /**
     * Where reads are split and joined.
     *
     * @param partBytes most bytes of one GET when a range is split, in bytes
     * @param gapBytes most bytes between two ranges that are read and thrown away to save a GET
     * @param joinedBytesMax most bytes of one GET that joins ranges; a buffer of that size is held meanwhile
     * @param getsMax GETs at a time over all calls
     * @param getsPerReadMax GETs at a time of one call
     */
    public record Sizes(int partBytes, int gapBytes, int joinedBytesMax, int getsMax, int getsPerReadMax) {
        /**
         * 8 MiB parts are the size at which S3's first-byte latency is a tenth of the transfer. 128 KiB take 2 ms on one
         * connection, where a GET takes 10 to 30 ms to begin.
         */
        public static final Sizes DEFAULT = new Sizes(8 << 20, 128 << 10, 1 << 20, 64, 16);

        /** Checks the values. */
        public Sizes {
            if (partBytes < 1 || gapBytes < 0 || joinedBytesMax < 1 || getsMax < 1 || getsPerReadMax < 1) {
                throw new IllegalArgumentException("sizes and counts of parallel reads must be positive");
            }
        }
    }

    /**
     * A range to read.
     *
     * @param offset first byte in the object
     * @param destination where its bytes go, from position to limit, at least 1 byte; the position is advanced
     */
    public record Range(long offset, ByteBuffer destination) {
        private long end() {
            return offset + destination.remaining();
        }
    }

    /** Reads from {@code store}, which it does not close. */
    public RangeReader(ObjectStore store, Sizes sizes) {
        this.store = store;
        this.sizes = sizes;
        this.gets = new Semaphore(sizes.getsMax(), true);
    }

    /** Reads one range, as {@link ObjectStore#get} does, in parallel parts if it is large. */
    public void read(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        readAll(key, List.of(new Range(offset, destination)), ifMatch);
    }

    /**
     * Reads several ranges of one object, in any order, with as few GETs as their distances allow. On failure some
     * destinations may have been filled and no position has meaning.
     */
    public void readAll(String key, List<Range> ranges, @Nullable String ifMatch) throws StoreException {
        List<Step> steps = plan(key, ranges, ifMatch);
        int workers = Math.min(steps.size(), sizes.getsPerReadMax());
        if (workers == 1) {
            for (Step step : steps) {
                step.run();
            }
        } else if (workers > 1) {
            runParallel(steps, workers);
        }
        for (Range range : ranges) {
            range.destination.position(range.destination.limit());
        }
    }

    /** One GET. */
    private interface Step {
        void run() throws StoreException;
    }

    private List<Step> plan(String key, List<Range> ranges, @Nullable String ifMatch) {
        List<Range> ordered = new ArrayList<>(ranges);
        ordered.sort(Comparator.comparingLong(Range::offset));
        List<Step> steps = new ArrayList<>();
        List<Range> joined = new ArrayList<>();
        long begin = 0;
        long end = 0;
        for (Range range : ordered) {
            boolean near = !joined.isEmpty()
                    && range.offset - end <= sizes.gapBytes()
                    && Math.max(end, range.end()) - begin <= sizes.joinedBytesMax();
            if (!near && !joined.isEmpty()) {
                add(steps, key, List.copyOf(joined), ifMatch);
                joined.clear();
            }
            if (joined.isEmpty()) {
                begin = range.offset;
                end = range.end();
            }
            joined.add(range);
            end = Math.max(end, range.end());
        }
        if (!joined.isEmpty()) {
            add(steps, key, List.copyOf(joined), ifMatch);
        }
        return steps;
    }

    private void add(List<Step> steps, String key, List<Range> joined, @Nullable String ifMatch) {
        if (joined.size() > 1) {
            steps.add(() -> readJoined(key, joined, ifMatch));
            return;
        }
        Range range = joined.getFirst();
        ByteBuffer destination = range.destination;
        int length = destination.remaining();
        // Even parts: 9 MiB as 8 + 1 would take as long as 8, as 4.5 + 4.5 half of that.
        int parts = Math.max(1, Math.ceilDiv(length, sizes.partBytes()));
        int begin = 0;
        for (int part = 0; part < parts; part++) {
            int end = (int) ((long) length * (part + 1) / parts);
            ByteBuffer slice = destination.slice(destination.position() + begin, end - begin);
            long offset = range.offset + begin;
            steps.add(() -> get(key, offset, slice, ifMatch));
            begin = end;
        }
    }

    private void readJoined(String key, List<Range> joined, @Nullable String ifMatch) throws StoreException {
        long begin = joined.getFirst().offset;
        long end = joined.stream().mapToLong(Range::end).max().orElseThrow();
        ByteBuffer whole = ByteBuffer.allocate((int) (end - begin));
        get(key, begin, whole, ifMatch);
        for (Range range : joined) {
            ByteBuffer destination = range.destination;
            destination.put(destination.position(), whole, (int) (range.offset - begin), destination.remaining());
        }
    }

    private void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        try {
            gets.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted before '" + key + "' was read", e);
        }
        try {
            store.get(key, offset, destination, ifMatch);
        } finally {
            gets.release();
        }
    }

    private static void runParallel(List<Step> steps, int workers) throws StoreException {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(workers);
        Runnable worker = () -> {
            try {
                int step = next.getAndIncrement();
                while (step < steps.size() && failure.get() == null) {
                    steps.get(step).run();
                    step = next.getAndIncrement();
                }
            } catch (StoreException | RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                running.countDown();
            }
        };
        for (int i = 1; i < workers; i++) {
            Thread.ofVirtual().name("range-read").start(worker);
        }
        worker.run();
        awaitAll(running);
        switch (failure.get()) {
            case null -> {}
            // A trace of the caller's own, as the worker's says nothing of who asked.
            case StoreException e -> throw new StoreException(e.kind(), String.valueOf(e.getMessage()), e);
            case Throwable e -> throw new IllegalStateException("a parallel read failed", e);
        }
    }

    /** Waits for the threads that write to the caller's memory, through interrupts: they end by the store's deadline. */
    private static void awaitAll(CountDownLatch running) {
        boolean interrupted = false;
        while (true) {
            try {
                running.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.leat.cache;

import dev.leat.store.Blob;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets what the tiers lack. The thread that misses fetches for itself, others that want the same bytes meanwhile wait
 * for it; small ranges are kept by that thread, large ones by the {@link Writers}. A buffer is held from the fetch until
 * the bytes are kept, so {@link BufferPool} bounds all of it.
 */
final class Fetcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

    /** Up to this size a range is written by whoever fetched it: cheaper than handing it over. */
    private static final int INLINE_BYTES = 256 << 10;

    /** Longest wait for a buffer; after it the bytes are served without being kept. */
    private static final long BUFFER_WAIT_MILLIS = 5000;

    /** Prefetches on their way: 32 blocks of 4 MiB fill 10 Gbit/s at 100 ms. */
    private static final int PREFETCHES = 32;

    /** Blocks that one warm-up fetches at the same time. */
    private static final int WARM_PARALLEL = 8;

    private static final long CLOSE_SECONDS = 30;

    private final List<CacheTier> tiers;
    private final BlobSource origin;
    private final BufferPool pool;
    private final CacheStats stats;
    private final CacheClock clock;
    private final Flights flights = new Flights();
    private final PassingFlights passing;
    private final Neighbours neighbours = new Neighbours();
    private final Semaphore prefetches = new Semaphore(PREFETCHES);
    private final Semaphore promotions = new Semaphore(Writers.THREADS);
    private final Writers writers;
    private final ExecutorService ahead = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean closed;

    Fetcher(
            List<CacheTier> tiers,
            BlobSource origin,
            BufferPool pool,
            Writers writers,
            CacheStats stats,
            CacheClock clock) {
        this.tiers = tiers;
        this.origin = origin;
        this.pool = pool;
        this.stats = stats;
        this.clock = clock;
        this.passing = new PassingFlights(flights, pool.limitBytes() / 4);
        this.writers = writers;
    }

    /** Whether the whole block should be fetched for this miss; notes it. */
    boolean wantsBlock(Blob blob, long offset, int length) {
        return neighbours.wanted(blob, offset, length);
    }

    /**
     * Fetches the missing part of a range of one block and delivers the range.
     *
     * @param block whether to fetch what is missing around it as well
     * @return false if the tiers have changed meanwhile: to be tried again
     */
    boolean fetch(Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean block)
            throws IOException {
        int first = Geometry.inBlock(offset);
        Flight other = flights.find(blob.id(), Geometry.blockOf(offset), first, first + length);
        if (other != null && other.covers(first, first + length)) {
            return join(other, offset, to, toOffset, length);
        }
        if (other != null) {
            other.release();
        }
        Range range = missing(blob, offset, length, block);
        if (range == null) {
            return false;
        }
        other = flights.find(blob.id(), range.block, range.from, range.to);
        if (other != null) {
            return joinOrFetchAlone(other, blob, offset, to, toOffset, length, block);
        }
        BufferPool.Buffer buffer = buffer(range.to - range.from);
        if (buffer == null) {
            pass(blob, offset, to, toOffset, length);
            return true;
        }
        Flight flight = new Flight(blob, range.block, range.from, range.to, Admission.DEMAND, buffer);
        other = flights.register(flight);
        if (other != null) {
            flight.release();
            return joinOrFetchAlone(other, blob, offset, to, toOffset, length, block);
        }
        // Somebody may have kept these bytes, and left, between our look at the tiers and the registration.
        if (missing(blob, offset, length, false) == null) {
            flight.land(new IOException("not needed any more"));
            flights.remove(flight);
            flight.release();
            return false;
        }
        boolean delivered = false;
        fly(flight);
        IOException failure = flight.failure();
        try {
            if (failure != null) {
                throw failure;
            }
            delivered = deliver(flight, offset, to, toOffset, length);
        } finally {
            settle(flight);
        }
        return delivered;
    }

    /** Joins a flight, unless it only has what lies around: then what was asked for is fetched without that. */
    private boolean joinOrFetchAlone(
            Flight other, Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean block)
            throws IOException {
        int first = Geometry.inBlock(offset);
        if (block && !other.overlaps(first, first + length)) {
            other.release();
            return fetch(blob, offset, to, toOffset, length, false);
        }
        return join(other, offset, to, toOffset, length);
    }

    private boolean join(Flight flight, long offset, MemorySegment to, long toOffset, int length) throws IOException {
        try {
            flight.await();
            IOException failure = flight.failure();
            if (failure == null) {
                boolean delivered = deliver(flight, offset, to, toOffset, length);
                offerAgain(flight);
                return delivered;
            }
            boolean ownTrouble = flight.admission.ahead()
                    || failure instanceof InterruptedIOException
                    || failure instanceof ClosedByInterruptException
                    || failure.getClass() == IOException.class;
            if (ownTrouble || closed) {
                // It says nothing about the store: whoever still wants the bytes fetches them.
                return false;
            }
            throw Flight.copyOf(failure);
        } finally {
            flight.release();
        }
    }
    /** Another visit to bytes that the tiers declined: they may think better of it now. */
    private void offerAgain(Flight flight) {
        int now = clock.now();
        if (flight.passing && (long) (now - flight.declinedTick) << ReusePolicy.TICK_SHIFT > passing.limitBytes()) {
            flight.declinedTick = now;
            if (keep(flight.blob, flight.offset(), flight.buffer().segment(), 0, flight.length(), flight.admission)) {
                passing.drop(flight);
            }
        }
    }

    /**
     * Copies what the flight has of the range, and brings the rest as for a read of its own: the flight may wait for long until
     * it is kept, and whoever came back for the rest would only find it again.
     *
     * @return false if the tiers have changed meanwhile: to be tried again
     */
    private boolean deliver(Flight flight, long offset, MemorySegment to, long toOffset, int length)
            throws IOException {
        int first = Geometry.inBlock(offset);
        int end = first + length;
        int from = Math.max(first, flight.from);
        int till = Math.min(end, flight.to);
        if (from >= till) {
            return false;
        }
        MemorySegment.copy(flight.buffer().segment(), from - flight.from, to, toOffset + (from - first), till - from);
        return rest(flight.blob, offset, to, toOffset, from - first)
                && rest(flight.blob, offset + (till - first), to, toOffset + (till - first), end - till);
    }

    private boolean rest(Blob blob, long offset, MemorySegment to, long toOffset, int length) throws IOException {
        return length == 0
                || local(blob, offset, to, toOffset, length)
                || fetch(blob, offset, to, toOffset, length, false);
    }

    private boolean local(Blob blob, long offset, MemorySegment to, long toOffset, int length) {
        for (CacheTier tier : tiers) {
            if (tier.read(blob, offset, to, toOffset, length, true) == CacheDirectory.Found.HIT) {
                return true;
            }
        }
        return false;
    }

    private void fly(Flight flight) {
        IOException failure = new IOException("reading blob " + flight.blob.id() + " ended early");
        try {
            origin.read(flight.blob, flight.offset(), flight.buffer().segment(), 0, flight.length());
            stats.fetches.increment();
            stats.fetchedBytes.add(flight.length());
            failure = null;
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new IOException("cannot read blob " + flight.blob.id() + " at " + flight.blob.key(), e);
        } finally {
            if (failure != null) {
                stats.fetchFailures.increment();
            }
            flight.land(failure);
        }
    }

    /** Keeps what landed, here or on a writer, and ends the flight. */
    private void settle(Flight flight) {
        if (flight.failure() == null && flight.length() > INLINE_BYTES && !closed) {
            try {
                writers.execute(flight.length(), () -> keepAndEnd(flight));
                return;
            } catch (RejectedExecutionException e) {
                LOG.trace("the cache is closed; blob {} is not kept", flight.blob.id());
            }
        }
        keepAndEnd(flight);
    }

    private void keepAndEnd(Flight flight) {
        boolean passes = false;
        try {
            if (flight.failure() == null) {
                Admission admission = flight.admission;
                boolean kept =
                        keep(flight.blob, flight.offset(), flight.buffer().segment(), 0, flight.length(), admission);
                passes = !kept && !admission.displaces() && !closed;
            }
        } finally {
            if (passes) {
                flight.declinedTick = clock.now();
                flight.passing = true;
                passing.add(flight);
            } else {
                flights.remove(flight);
                flight.release();
            }
        }
    }

    /** Writes a range of one block, made of whole pages, to all tiers. */
    boolean keep(Blob blob, long offset, MemorySegment from, long fromOffset, int length, Admission admission) {
        boolean kept = false;
        for (CacheTier tier : tiers) {
            kept |= tier.fill(blob, offset, from, fromOffset, length, admission);
        }
        if (!kept) {
            stats.passedBy.increment();
            stats.passedByBytes.add(length);
        }
        return kept;
    }

    /** Reads a range from the origin, straight into its destination, and keeps nothing. */
    void pass(Blob blob, long offset, MemorySegment to, long toOffset, int length) throws IOException {
        try {
            origin.read(blob, offset, to, toOffset, length);
        } catch (IOException e) {
            stats.fetchFailures.increment();
            throw e;
        }
        stats.fetches.increment();
        stats.fetchedBytes.add(length);
        stats.passedBy.increment();
        stats.passedByBytes.add(length);
    }

    private BufferPool.@Nullable Buffer buffer(int length) throws InterruptedIOException {
        try {
            BufferPool.Buffer buffer = pool.tryAcquire(length);
            while (buffer == null && passing.drop()) {
                buffer = pool.tryAcquire(length);
            }
            return buffer != null ? buffer : pool.acquire(length, BUFFER_WAIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for memory");
        }
    }

    /** A part of one block, in bytes from its start. */
    private record Range(int block, int from, int to) {}

    /**
     * What to fetch so that the range of one block is there: from its first missing page to its last, in the tier that
     * lacks least; null if nothing is missing.
     *
     * @param around whether to take the missing pages before and after it as well
     */
    private @Nullable Range missing(Blob blob, long offset, int length, boolean around) {
        int block = Geometry.blockOf(offset);
        int shift = Geometry.pageShift(blob.sizeBytes());
        int blockBytes = Geometry.blockBytes(blob.sizeBytes(), block);
        int pages = Geometry.pagesOf(blockBytes, shift);
        int first = Geometry.inBlock(offset) >>> shift;
        int end = Geometry.pagesOf(Geometry.inBlock(offset) + length, shift);
        int from = around ? 0 : first;
        int to = around ? pages : end;
        CacheTier best = null;
        for (CacheTier tier : tiers) {
            int start = tier.nextPage(blob, block, first, end, false);
            if (start >= end) {
                return null;
            }
            int till = end;
            while (till > start + 1 && tier.nextPage(blob, block, till - 1, till, true) == till - 1) {
                till--;
            }
            if (best == null || till - start < to - from) {
                best = tier;
                from = start;
                to = till;
            }
        }
        if (best != null && around) {
            to = best.nextPage(blob, block, to, pages, true);
            while (from > 0 && best.nextPage(blob, block, from - 1, from, false) == from - 1) {
                from--;
            }
        }
        return new Range(block, from << shift, Math.min(to << shift, blockBytes));
    }

    /** Starts fetching ranges in the background until memory or slots run out. */
    void prefetch(Blob blob, long offset, long length) {
        long at = offset;
        long end = offset + length;
        while (at < end && !closed) {
            int piece = (int) Math.min(end - at, Geometry.BLOCK_BYTES - Geometry.inBlock(at));
            Range range = missing(blob, at, piece, false);
            if (range != null && !start(blob, range)) {
                stats.prefetchRefused.increment();
                return;
            }
            at += piece;
        }
    }

    /** Whether the range is on its way now. */
    private boolean start(Blob blob, Range range) {
        Flight other = flights.find(blob.id(), range.block, range.from, range.to);
        if (other != null) {
            other.release();
            return true;
        }
        if (pool.usage().usedBytes() > pool.limitBytes() / 2 || !prefetches.tryAcquire()) {
            return false;
        }
        BufferPool.Buffer buffer = pool.tryAcquire(range.to - range.from);
        if (buffer == null) {
            prefetches.release();
            return false;
        }
        Flight flight = new Flight(blob, range.block, range.from, range.to, Admission.PREFETCH, buffer);
        other = flights.register(flight);
        if (other != null) {
            other.release();
            flight.release();
            prefetches.release();
            return true;
        }
        try {
            ahead.execute(() -> {
                fly(flight);
                prefetches.release();
                if (flight.failure() == null) {
                    stats.prefetchedBytes.add(flight.length());
                }
                settle(flight);
            });
        } catch (RejectedExecutionException e) {
            prefetches.release();
            flight.land(new IOException("the cache is closed"));
            keepAndEnd(flight);
        }
        return true;
    }

    /** Copies a range that a lower tier has to the tiers above it, when a writer is idle. */
    void promote(Blob blob, long offset, int length, int fromTier) {
        int shift = Geometry.pageShift(blob.sizeBytes());
        int blockBytes = Geometry.blockBytes(blob.sizeBytes(), Geometry.blockOf(offset));
        int from = Geometry.inBlock(offset) >>> shift << shift;
        int to = Math.min(Geometry.pagesOf(Geometry.inBlock(offset) + length, shift) << shift, blockBytes);
        long start = offset - Geometry.inBlock(offset) + from;
        if (!promotions.tryAcquire()) {
            return;
        }
        BufferPool.Buffer buffer = pool.tryAcquire(to - from);
        if (buffer == null) {
            promotions.release();
            return;
        }
        Runnable copy = () -> {
            try (buffer) {
                MemorySegment bytes = buffer.segment();
                if (tiers.get(fromTier).read(blob, start, bytes, 0, to - from, true) == CacheDirectory.Found.HIT) {
                    for (CacheTier tier : tiers.subList(0, fromTier)) {
                        tier.fill(blob, start, bytes, 0, to - from, Admission.DEMAND);
                    }
                }
            } finally {
                promotions.release();
            }
        };
        try {
            writers.execute(to - from, copy);
        } catch (RejectedExecutionException e) {
            buffer.close();
            promotions.release();
        }
    }

    /** Fetches what is missing of a range, several blocks at a time, and keeps it; returns the bytes fetched. */
    long warm(Blob blob, long offset, long length) throws IOException {
        clock.advance();
        Admission admission = Admission.warm(clock.now());
        List<Future<Long>> parts = new ArrayList<>();
        Semaphore slots = new Semaphore(WARM_PARALLEL);
        long sum = 0;
        try {
            for (long at = offset; at < offset + length; ) {
                int piece = (int) Math.min(offset + length - at, Geometry.BLOCK_BYTES - Geometry.inBlock(at));
                long start = at;
                slots.acquire();
                Callable<Long> part = () -> {
                    try {
                        return warmPiece(blob, start, piece, admission);
                    } finally {
                        slots.release();
                    }
                };
                parts.add(ahead.submit(part));
                at += piece;
            }
            for (Future<Long> part : parts) {
                sum += part.get();
            }
            return sum;
        } catch (InterruptedException e) {
            parts.forEach(p -> p.cancel(true));
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while warming blob " + blob.id());
        } catch (RejectedExecutionException e) {
            throw new IOException("the cache is closed", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? Flight.copyOf(io)
                    : new IOException("cannot warm blob " + blob.id(), e);
        }
    }

    private long warmPiece(Blob blob, long offset, int length, Admission admission) throws IOException {
        while (true) {
            Range range = missing(blob, offset, length, false);
            if (range == null) {
                return 0;
            }
            BufferPool.Buffer buffer = buffer(range.to - range.from);
            if (buffer == null) {
                throw new IOException("no memory to warm blob " + blob.id() + "; raise --memory");
            }
            Flight flight = new Flight(blob, range.block, range.from, range.to, admission, buffer);
            Flight other = flights.register(flight);
            if (other == null) {
                fly(flight);
                IOException failure = flight.failure();
                stats.broughtBytes.add(flight.length());
                keepAndEnd(flight);
                if (failure != null) {
                    throw failure;
                }
                return flight.length();
            }
            flight.release();
            try {
                other.await();
            } finally {
                other.release();
            }
            awaitKept(blob, range);
        }
    }

    /** Waits until no flight covers the range any more, that is until what landed has been kept. */
    private void awaitKept(Blob blob, Range range) throws InterruptedIOException {
        while (true) {
            Flight flight = flights.find(blob.id(), range.block, range.from, range.to);
            if (flight == null) {
                return;
            }
            flight.release();
            passing.drop(flight);
            try {
                TimeUnit.MILLISECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while warming blob " + blob.id());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        passing.clear();
        ahead.shutdown();
        try {
            if (!ahead.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                ahead.shutdownNow();
            }
            if (!writers.finish()) {
                LOG.warn("the cache is closed while bytes are still being written to it; they will be fetched again");
            }
            passing.clear();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

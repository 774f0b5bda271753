package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.Blob;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Space is written again while readers copy from it and other fills run: a cache of the smallest size, in which every
 * fill displaces something, and reads long enough to be overtaken.
 */
@Timeout(300)
class EvictionRaceTest {
    private static final int MIB = 1 << 20;
    private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(4);

    /** Less would be no race; a slow machine gets the time that it takes. */
    private static final int EVENTS_MIN = 20;

    @TempDir
    Path directory;

    private final AtomicLong hits = new AtomicLong();

    /** Whether the race goes on. */
    private boolean goesOn(TieredCache cache, long end) {
        return System.nanoTime() < end
                || hits.get() <= EVENTS_MIN
                || cache.stats().evictions() <= EVENTS_MIN;
    }

    private Callable<Void> filler(TieredCache cache, List<Blob> blobs, Random random, long end) {
        return () -> {
            while (goesOn(cache, end)) {
                Blob blob = blobs.get(random.nextInt(blobs.size()));
                cache.warm(blob, 0, blob.sizeBytes());
                if (random.nextInt(3) == 0) {
                    // Likely being filled by the other one just now.
                    cache.evict(blobs.get(random.nextInt(blobs.size())).id());
                }
            }
            return null;
        };
    }

    private Callable<Void> reader(TieredCache cache, List<Blob> blobs, Random random, long end) {
        return () -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment to = arena.allocate(8 * MIB);
                while (goesOn(cache, end)) {
                    Blob blob = blobs.get(random.nextInt(blobs.size()));
                    int length = (int) blob.sizeBytes();
                    if (cache.tryRead(blob, 0, to, 0, length)) {
                        hits.incrementAndGet();
                        assertThat(Bytes.wrong(blob, 0, to, 0, length))
                                .as("first wrong byte of %s", blob)
                                .isEqualTo(-1);
                    }
                }
            }
            return null;
        };
    }

    private void race(List<Blob> blobs) throws Exception {
        long seed = System.nanoTime();
        System.out.println("EvictionRaceTest: seed " + seed);
        TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 16L * MIB, 0.95, 0.7, 0, 1000);
        BufferPool pool = new BufferPool(64L * MIB);
        try (TieredCache cache = BlobCaches.open("race", List.of(spec), new Bytes(), pool);
                ExecutorService threads = Executors.newFixedThreadPool(5)) {
            long end = System.nanoTime() + RUN_NANOS;
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Random random = new Random(seed + i);
                all.add(threads.submit(i < 2 ? filler(cache, blobs, random, end) : reader(cache, blobs, random, end)));
            }
            for (Future<Void> one : all) {
                one.get();
            }
            assertThat(cache.stats().evictions()).as("evictions").isGreaterThan(EVENTS_MIN);
            assertThat(hits.get()).as("hits").isGreaterThan(EVENTS_MIN);
            assertThat(cache.stats().directories().getFirst().failure()).isEmpty();
        }
    }

    private static List<Blob> blobs(int count, long sizeBytes) {
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blobs.add(Bytes.blob(i, sizeBytes));
        }
        return blobs;
    }

    @Test
    void ofSharedGroups() throws Exception {
        race(blobs(12, 2 * MIB));
    }

    @Test
    void ofRecycledFiles() throws Exception {
        race(blobs(6, 4 * MIB));
    }

    @Test
    void ofACacheThatIsClosedUnderItsReaders() throws Exception {
        BufferPool pool = new BufferPool(64L * MIB);
        List<Blob> blobs = Readers.blobs(new Random(11), 12);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (int round = 0; round < 8; round++) {
                TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 48L * MIB, 0.95, 0.7, 0, 1000);
                TieredCache cache = BlobCaches.open("closing", List.of(spec), new Bytes(), pool);
                CountDownLatch running = new CountDownLatch(3);
                List<Future<Void>> all = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random random = new Random(round * 10L + i);
                    all.add(threads.submit(() -> {
                        try (Arena arena = Arena.ofConfined()) {
                            MemorySegment to = arena.allocate(8 * MIB);
                            for (int step = 0; step < 120; step++) {
                                Readers.step(cache, blobs, random, to);
                                if (step == 40) {
                                    running.countDown();
                                }
                            }
                        }
                        return null;
                    }));
                }
                running.await();
                cache.close();
                for (Future<Void> one : all) {
                    one.get();
                }
                assertThat(cache.stats().diskFailures()).isZero();
            }
        }
        assertThat(pool.usage().usedBytes()).isZero();
    }

    @Test
    void aUnitThatIsBeingWrittenIsNotEvicted() throws Exception {
        TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 64L * MIB, 0.95, 0.7, 0, 1000);
        try (TieredCache cache = BlobCaches.open("held", List.of(spec), new Bytes(), new BufferPool(64L * MIB))) {
            CacheDirectory held = cache.tiers().getFirst().directories()[0];
            for (Blob blob : List.of(Bytes.blob(1, 2 * MIB), Bytes.blob(2, 8 * MIB))) {
                UnitAllocator.Target target =
                        Objects.requireNonNull(held.units.prepare(blob, 0, MIB, Admission.DEMAND));
                int generation = held.slots.generation(target.slot());
                held.lock.lock();
                try {
                    assertThat(held.units.free(target.slot(), true)).isFalse();
                } finally {
                    held.lock.unlock();
                }
                assertThat(held.slots.generation(target.slot())).isEqualTo(generation);
                held.slots.leaveWriter(target.slot());
            }
        }
    }

    @Test
    void aPageOfOneBlobDoesNotMatchTheChecksumOfAnother() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(4096);
            int sum = Checksums.page(1, 2, 4096, page, 0, 4096);
            assertThat(Checksums.page(1, 2, 4096, page, 0, 4096)).isEqualTo(sum);
            assertThat(Checksums.page(1, 3, 4096, page, 0, 4096)).isNotEqualTo(sum);
            assertThat(Checksums.page(2, 2, 4096, page, 0, 4096)).isNotEqualTo(sum);
            assertThat(Checksums.page(1, 2, 8192, page, 0, 4096)).isNotEqualTo(sum);
        }
    }
}

package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.Blob;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.blob.BlobStore;
import dev.leat.store.file.FileStore;
import dev.leat.testing.Await;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader of the cache sees: one fetch for many, no more than needed, and the right bytes every time. */
class TieredCacheTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(16 * MIB);
    private final BufferPool pool = new BufferPool(64L * MIB);
    private final Bytes origin = new Bytes();
    private @Nullable TieredCache open;

    @AfterEach
    void close() {
        if (open != null) {
            open.close();
        }
        arena.close();
    }

    private TieredCache cache(long quotaBytes) throws IOException {
        TieredCache cache = BlobCaches.open(
                "volume", List.of(TierSpec.of(Medium.SSD, List.of(directory), quotaBytes)), origin, pool);
        open = cache;
        return cache;
    }

    private void read(TieredCache cache, Blob blob, long offset, int length) throws IOException {
        buffer.asSlice(0, length).fill((byte) 0x55);
        cache.read(blob, offset, buffer, 0, length);
        assertThat(Bytes.wrong(blob, offset, buffer, 0, length)).isEqualTo(-1);
    }

    @Test
    void aRangeIsFetchedOnceAndThenComesFromTheTier() throws IOException {
        TieredCache cache = cache(256L * MIB);
        for (Blob blob : List.of(Bytes.blob(1, 100 * KIB + 7), Bytes.blob(2, 9L * MIB + 5), Bytes.blob(3, 80L * MIB))) {
            long before = origin.reads.get();
            int length = (int) Math.min(blob.sizeBytes(), 70 * KIB + 3);
            read(cache, blob, 11, length - 11);
            assertThat(origin.reads.get()).isEqualTo(before + 1);
            read(cache, blob, 11, length - 11);
            read(cache, blob, 100, 1);
            assertThat(origin.reads.get()).isEqualTo(before + 1);
            assertThat(cache.tryRead(blob, 11, buffer, 0, length - 11)).isTrue();
            assertThat(Bytes.wrong(blob, 11, buffer, 0, length - 11)).isEqualTo(-1);
        }
        assertThat(cache.stats().misses()).isEqualTo(3);
        assertThat(cache.stats().tiers().getFirst().hits()).isEqualTo(9);
    }

    @Test
    void oneMemberOfAPackCostsOnlyItsPages() throws IOException {
        TieredCache cache = cache(256L * MIB);
        Blob pack = Bytes.blob(1, 64L * MIB);
        for (int i = 0; i < 16; i++) {
            read(cache, pack, (long) i * 4 * MIB + 20 * KIB, 112 * KIB - 100);
        }
        assertThat(origin.reads.get()).isEqualTo(16);
        assertThat(origin.bytes.get()).isLessThanOrEqualTo(16 * 128 * KIB);
        assertThat(cache.cachedBytes(pack)).isEqualTo(16 * 112 * KIB);
    }

    @Test
    void aNeighbourAskedSoonAfterBringsTheWholeBlock() throws IOException {
        TieredCache cache = cache(256L * MIB);
        Blob pack = Bytes.blob(1, 64L * MIB);
        read(cache, pack, MIB, 64 * KIB);
        read(cache, pack, 3 * MIB, 64 * KIB);
        assertThat(origin.reads.get()).isEqualTo(2);
        warmIsDone(cache, pack, MIB, 3 * MIB);
        read(cache, pack, 2 * MIB, MIB);
        assertThat(origin.reads.get()).isEqualTo(2);
    }

    @Test
    void whatIsOnItsWayNearbyIsNotWaitedFor() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 64L * MIB);
        read(cache, blob, 0, 64 * KIB);
        CountDownLatch gate = new CountDownLatch(1);
        origin.gate = gate;
        cache.prefetch(blob, 2L * MIB, MIB);
        Await.until("the bytes ahead are on their way", () -> origin.held.get() == 1);
        origin.gate = null;
        try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
            // The second part of the block within a second: all of it would be fetched, were not some of it coming.
            Future<?> done = reader.submit(() -> {
                read(cache, blob, MIB, 128 * KIB);
                return null;
            });
            done.get(1, TimeUnit.MINUTES);
        } finally {
            gate.countDown();
        }
        warmIsDone(cache, blob, MIB, 128 * KIB);
        warmIsDone(cache, blob, 2L * MIB, MIB);
        assertThat(cache.stats().passedBy()).isZero();
        assertThat(origin.bytes.get()).isEqualTo((64 + 128) * KIB + MIB);
    }

    @Test
    void whoFindsAPartOnItsWayBringsTheRest() throws Exception {
        TieredCache cache = cache(256L * MIB);
        for (int i = 1; i <= 40; i++) {
            Blob blob = Bytes.blob(i, 4L * MIB);
            cache.prefetch(blob, MIB + 64 * KIB, 512 * KIB);
            read(cache, blob, MIB, MIB);
            warmIsDone(cache, blob, MIB, MIB);
        }
        assertThat(cache.stats().passedBy()).isZero();
        // What was kept in the very moment lies between what is missing, and may be fetched with it.
        assertThat(origin.bytes.get()).isBetween(40L * MIB, 60L * MIB);
    }

    private static void warmIsDone(TieredCache cache, Blob blob, long offset, long length) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (cache.cachedBytes(blob, offset, length) < length) {
            assertThat(System.nanoTime()).as("kept in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void manyReadersOfOneBlockMakeOneFetch() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 32L * MIB);
        CountDownLatch gate = new CountDownLatch(1);
        origin.gate = gate;
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> results = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                results.add(readers.submit(() -> {
                    try (Arena own = Arena.ofShared()) {
                        MemorySegment to = own.allocate(MIB);
                        cache.read(blob, 4 * MIB, to, 0, MIB);
                        return Bytes.wrong(blob, 4 * MIB, to, 0, MIB);
                    }
                }));
            }
            gate.countDown();
            for (Future<Long> result : results) {
                assertThat(result.get()).isEqualTo(-1);
            }
        }
        assertThat(origin.reads.get()).isEqualTo(1);
    }

    @Test
    void aFailureReachesEveryWaiterAndIsNotRemembered() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 32L * MIB);
        origin.broken = true;
        assertThatThrownBy(() -> cache.read(blob, 0, buffer, 0, MIB))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("broken on purpose");
        assertThat(cache.stats().fetchFailures()).isEqualTo(1);
        origin.broken = false;
        read(cache, blob, 0, MIB);
        assertThat(pool.usage().limitBytes()).isPositive();
    }

    @Test
    void whatIsNotThereIsNotWaitedFor() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 32L * MIB);
        origin.gate = new CountDownLatch(1);
        assertThat(cache.tryRead(blob, 0, buffer, 0, 4 * KIB)).isFalse();
        assertThat(cache.tryRead(Bytes.blob(2, 10), 0, buffer, 0, 10)).isFalse();
        assertThat(origin.reads.get()).isZero();
    }

    @Test
    void bytesJustWrittenAreThere() throws Exception {
        TieredCache cache = cache(256L * MIB);
        for (Blob blob : List.of(Bytes.blob(1, 5), Bytes.blob(2, 3L * MIB + 1), Bytes.blob(3, 9L * MIB + 100))) {
            int size = (int) blob.sizeBytes();
            Bytes.write(blob, 0, buffer, 0, size);
            cache.fill(blob, 0, buffer, 0, size);
            assertThat(cache.cachedBytes(blob)).isEqualTo(size);
            read(cache, blob, 0, size);
        }
        assertThat(origin.reads.get()).isZero();
        Blob partly = Bytes.blob(4, 9L * MIB);
        Bytes.write(partly, 100, buffer, 0, 10 * KIB);
        cache.fill(partly, 100, buffer, 0, 10 * KIB);
        assertThat(cache.cachedBytes(partly)).as("whole pages only").isEqualTo(4 * KIB);
        read(cache, partly, 0, 16 * KIB);
        assertThat(origin.reads.get()).isEqualTo(1);
    }

    @Test
    void warmFetchesWhatIsMissingAndNoMore() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 42L * MIB + 17);
        read(cache, blob, 8 * MIB, 4 * MIB);
        warmIsDone(cache, blob, 8 * MIB, 4 * MIB);
        assertThat(cache.warm(blob, 0, blob.sizeBytes())).isEqualTo(blob.sizeBytes() - 4 * MIB);
        assertThat(cache.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
        assertThat(cache.warm(blob, 0, blob.sizeBytes())).isZero();
        long reads = origin.reads.get();
        for (long at = 0; at < blob.sizeBytes(); at += 5 * MIB) {
            read(cache, blob, at, (int) Math.min(5 * MIB, blob.sizeBytes() - at));
        }
        assertThat(origin.reads.get()).isEqualTo(reads);
        cache.evict(blob.id());
        assertThat(cache.cachedBytes(blob)).isZero();
        read(cache, blob, 0, 4 * KIB);
        assertThat(origin.reads.get()).isEqualTo(reads + 1);
    }

    @Test
    void prefetchedBytesNeedNoSecondFetch() throws Exception {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 12L * MIB);
        cache.prefetch(blob, 0, blob.sizeBytes());
        read(cache, blob, 0, (int) blob.sizeBytes());
        assertThat(origin.bytes.get()).isEqualTo(blob.sizeBytes());
    }

    @Test
    void aReopenedCacheHasWhatItHad() throws Exception {
        Blob small = Bytes.blob(1, 300 * KIB);
        Blob large = Bytes.blob(2, 20L * MIB);
        try (TieredCache cache = cache(256L * MIB)) {
            cache.warm(small, 0, small.sizeBytes());
            cache.warm(large, MIB, 10 * MIB);
        }
        TieredCache again = cache(256L * MIB);
        long reads = origin.reads.get();
        assertThat(again.cachedBytes(small)).isEqualTo(small.sizeBytes());
        read(again, small, 0, (int) small.sizeBytes());
        read(again, large, MIB, 10 * MIB);
        assertThat(origin.reads.get()).isEqualTo(reads);
        assertThat(again.stats().directories().getFirst().usedBytes()).isEqualTo(14L * MIB);
    }

    @Test
    void aStoreIsReadThroughByKeyAndValidator() throws Exception {
        Blob large = Bytes.blob(1, 9L * MIB + 77);
        int size = (int) large.sizeBytes();
        Bytes.write(large, 0, buffer, 0, size);
        try (ObjectStore store = FileStore.create(directory.resolve("store"))) {
            ObjectInfo info = store.put(large.key(), buffer.asSlice(0, size).asByteBuffer(), PutCondition.ALWAYS);
            TierSpec tier = TierSpec.of(Medium.SSD, List.of(directory.resolve("cache")), 64L * MIB);
            try (TieredCache cache = BlobCaches.open("stored", List.of(tier), BlobStore.plain(store), pool)) {
                Blob blob = new Blob(large.id(), large.key(), size, info.etag());
                read(cache, blob, 5, size - 5);
                read(cache, blob, 0, size);
                assertThat(cache.stats().fetchedBytes()).isEqualTo(size);
                Blob changed = new Blob(Bytes.blob(2, 1).id(), large.key(), size, "another");
                assertThatThrownBy(() -> cache.read(changed, 0, buffer, 0, 10))
                        .isInstanceOfSatisfying(
                                StoreException.class,
                                e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.PRECONDITION_FAILED));
                Blob gone = new Blob(Bytes.blob(3, 1).id(), "no/such", size, null);
                assertThatThrownBy(() -> cache.read(gone, 0, buffer, 0, 10))
                        .isInstanceOfSatisfying(
                                StoreException.class,
                                e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NOT_FOUND));
            }
        }
    }

    @Test
    void withoutTiersEveryReadGoesToTheOrigin() throws Exception {
        try (TieredCache cache = BlobCaches.open("none", List.of(), origin, pool)) {
            Blob blob = Bytes.blob(1, 9L * MIB);
            read(cache, blob, MIB, 5 * MIB);
            read(cache, blob, MIB, 4 * KIB);
            assertThat(cache.tryRead(blob, MIB, buffer, 0, 10)).isFalse();
            assertThat(cache.cachedBytes(blob)).isZero();
            assertThat(origin.reads.get()).isPositive();
        }
        assertThat(pool.usage().usedBytes()).isZero();
    }

    @Test
    void aQuotaIsKeptAndReadsGoOn() throws Exception {
        TieredCache cache = cache(32L * MIB);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 8; i++) {
                Blob large = Bytes.blob(i, 12L * MIB);
                for (int at = 0; at < 12; at++) {
                    read(cache, large, (long) at * MIB, MIB);
                }
                read(cache, Bytes.blob(100 + i, 500 * KIB), 0, 500 * KIB);
            }
        }
        cache.settle();
        CacheSnapshot.Directory used = cache.stats().directories().getFirst();
        assertThat(used.allocatedBytes()).isLessThanOrEqualTo(32L * MIB);
        assertThat(used.usedBytes()).isPositive();
        assertThat(cache.stats().evictions()).isPositive();
    }
}

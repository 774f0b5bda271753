package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import dev.leat.store.file.FileStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits and counts. */
class DecoratorsTest {
    @TempDir
    private Path directory;

    @Test
    void bytesPassAtTheGivenRate() throws Exception {
        ManualPauses pauses = new ManualPauses();
        try (ObjectStore store =
                new LimitedStore(FileStore.open(directory), new StoreLimits(0, 0, 1_000_000, 500_000), pauses)) {
            // Up: the first megabyte goes at once, each further one waits for the one before.
            for (int i = 0; i < 4; i++) {
                store.put("o", ByteBuffer.allocate(1_000_000), PutCondition.ALWAYS);
            }
            long spentMs = pauses.nowNs() / 1_000_000;
            assertThat(spentMs).isBetween(2900L, 3000L);
            // Down has a rate of its own.
            for (int i = 0; i < 3; i++) {
                store.get("o", 0, ByteBuffer.allocate(1_000_000), null);
            }
            assertThat(pauses.nowNs() / 1_000_000 - spentMs).isBetween(3900L, 4000L);
            MultipartUpload upload = store.upload("u");
            long beforeMs = pauses.nowNs() / 1_000_000;
            upload.part(1, ByteBuffer.allocate(2_000_000));
            upload.part(2, ByteBuffer.allocate(1));
            assertThat(pauses.nowNs() / 1_000_000 - beforeMs).isGreaterThanOrEqualTo(1900);
            upload.abort();
        }
    }

    @Test
    void requestsPassAtTheGivenRate() throws Exception {
        ManualPauses pauses = new ManualPauses();
        try (ObjectStore store = new LimitedStore(FileStore.open(directory), new StoreLimits(0, 10, 0, 0), pauses)) {
            for (int i = 0; i < 31; i++) {
                store.list("", null, null, 1);
            }
            assertThat(pauses.nowNs() / 1_000_000).isBetween(2800L, 3000L);
        }
    }

    @Test
    void noMoreRequestsAreInFlightThanAllowed() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch threeInside = new CountDownLatch(3);
        CountDownLatch go = new CountDownLatch(1);
        ScriptedStore probe = new ScriptedStore(FileStore.open(directory)) {
            @Override
            public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
                    throws StoreException {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                threeInside.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new StoreException(Kind.UNAVAILABLE, "interrupted", e);
                } finally {
                    inside.decrementAndGet();
                }
                return super.list(prefix, delimiter, after, limit);
            }
        };
        try (ObjectStore store = new LimitedStore(probe, new StoreLimits(3, 0, 0, 0));
                ExecutorService pool = Executors.newFixedThreadPool(12)) {
            List<Future<ListPage>> lists = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                lists.add(pool.submit((Callable<ListPage>) () -> store.list("", null, null, 1)));
            }
            assertThat(threeInside.await(1, TimeUnit.MINUTES)).isTrue();
            go.countDown();
            for (Future<ListPage> list : lists) {
                list.get();
            }
        }
        assertThat(most.get()).isEqualTo(3);
    }

    @Test
    void limitsMustBePositive() {
        assertThatThrownBy(() -> new StoreLimits(-1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everythingIsCounted() throws Exception {
        ScriptedStore script = new ScriptedStore(FileStore.open(directory));
        try (MeteredStore store = new MeteredStore(script)) {
            store.put("o", ByteBuffer.allocate(1000), PutCondition.ALWAYS);
            store.get("o", 0, ByteBuffer.allocate(600), null);
            store.get("o", 600, ByteBuffer.allocate(400), null);
            assertThatThrownBy(() -> store.head("missing")).isInstanceOf(StoreException.class);
            script.fail(StoreOperation.GET, Kind.CORRUPT);
            assertThatThrownBy(() -> store.get("o", 0, ByteBuffer.allocate(9), null))
                    .isInstanceOf(StoreException.class);
            MultipartUpload upload = store.upload("u");
            upload.part(1, ByteBuffer.allocate(77));
            upload.complete(PutCondition.ALWAYS);
            store.delete(List.of("o", "u"));

            StoreMetrics metrics = store.metrics();
            assertThat(metrics.inFlight()).isZero();
            assertThat(metrics.operations())
                    .containsOnlyKeys(
                            StoreOperation.PUT,
                            StoreOperation.GET,
                            StoreOperation.HEAD,
                            StoreOperation.UPLOAD,
                            StoreOperation.PART,
                            StoreOperation.COMPLETE,
                            StoreOperation.DELETE);
            StoreMetrics.Operation gets = metrics.operations().get(StoreOperation.GET);
            assertThat(gets).isNotNull();
            assertThat(gets.requests()).isEqualTo(3);
            assertThat(gets.bytes()).isEqualTo(1000);
            assertThat(gets.failures()).containsOnlyKeys(Kind.CORRUPT).containsEntry(Kind.CORRUPT, 1L);
            assertThat(gets.buckets()).hasSize(StoreMetrics.BUCKETS_US.size() + 1);
            assertThat(gets.buckets().stream().mapToLong(Long::longValue).sum()).isEqualTo(3);
            assertThat(gets.totalNs()).isPositive();
            StoreMetrics.Operation parts = metrics.operations().get(StoreOperation.PART);
            assertThat(parts).isNotNull();
            assertThat(parts.bytes()).isEqualTo(77);
        }
    }
}

package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The pool never lends more than its bound, never the same bytes twice, and gets everything back. */
class BufferPoolTest {
    private static final int MIB = 1 << 20;

    @Test
    void memoryGivenBackInOneSizeServesAnother() {
        BufferPool pool = new BufferPool(16 * MIB);
        for (int round = 0; round < 3; round++) {
            List<BufferPool.Buffer> small = new ArrayList<>();
            for (BufferPool.Buffer b = pool.tryAcquire(1); b != null; b = pool.tryAcquire(4096)) {
                assertThat(b.segment().byteSize()).isEqualTo(4096);
                assertThat(b.segment().address() & 4095).isZero();
                small.add(b);
            }
            assertThat(small).hasSize(4096);
            assertThat(pool.usage().usedBytes()).isEqualTo(16 * MIB);
            small.forEach(BufferPool.Buffer::close);
            small.getFirst().close();
            assertThat(pool.usage().usedBytes()).isZero();
            List<BufferPool.Buffer> large = new ArrayList<>();
            for (BufferPool.Buffer b = pool.tryAcquire(8 * MIB); b != null; b = pool.tryAcquire(5 * MIB)) {
                large.add(b);
            }
            assertThat(large).hasSize(2);
            large.forEach(BufferPool.Buffer::close);
        }
        assertThat(pool.usage().reservedBytes()).isEqualTo(16 * MIB);
    }

    @Test
    void buffersDoNotOverlap() {
        long seed = System.nanoTime();
        System.out.println("BufferPoolTest: seed " + seed);
        Random random = new Random(seed);
        BufferPool pool = new BufferPool(32 * MIB);
        List<BufferPool.Buffer> held = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            if (held.isEmpty() || random.nextInt(5) < 3) {
                BufferPool.Buffer buffer = pool.tryAcquire(1 + random.nextInt(1 << (1 + random.nextInt(23))));
                if (buffer != null) {
                    buffer.segment().set(java.lang.foreign.ValueLayout.JAVA_INT, 0, i);
                    buffer.segment()
                            .set(
                                    java.lang.foreign.ValueLayout.JAVA_INT,
                                    buffer.segment().byteSize() - 4,
                                    i);
                    held.add(buffer);
                }
            } else {
                BufferPool.Buffer buffer = held.remove(random.nextInt(held.size()));
                int first = buffer.segment().get(java.lang.foreign.ValueLayout.JAVA_INT, 0);
                int last = buffer.segment()
                        .get(
                                java.lang.foreign.ValueLayout.JAVA_INT,
                                buffer.segment().byteSize() - 4);
                assertThat(first).isEqualTo(last);
                buffer.close();
            }
        }
        held.forEach(BufferPool.Buffer::close);
        assertThat(pool.usage().usedBytes()).isZero();
        assertThat(pool.usage().peakBytes()).isLessThanOrEqualTo(32 * MIB);
    }

    @Test
    void whoWaitsGetsWhatIsGivenBackAndNobodyWaitsForEver() throws Exception {
        BufferPool pool = new BufferPool(16 * MIB);
        BufferPool.Buffer one = pool.tryAcquire(8 * MIB);
        BufferPool.Buffer two = pool.tryAcquire(8 * MIB);
        assertThat(one).isNotNull();
        assertThat(two).isNotNull();
        assertThat(pool.tryAcquire(1)).isNull();
        assertThat(pool.acquire(1, 10)).isNull();
        assertThat(pool.usage().refusals()).isEqualTo(2);
        CompletableFuture<Long> waiter = CompletableFuture.supplyAsync(() -> {
            try (BufferPool.Buffer buffer = pool.acquire(MIB, 60_000)) {
                return buffer == null ? -1L : buffer.segment().byteSize();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        two.close();
        assertThat(waiter.get(60, TimeUnit.SECONDS)).isEqualTo(MIB);
        one.close();
    }

    @Test
    void impossibleSizesAreRefused() {
        BufferPool pool = new BufferPool(16 * MIB);
        assertThatThrownBy(() -> pool.tryAcquire(8 * MIB + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.tryAcquire(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BufferPool(MIB)).hasMessageContaining("16MiB");
    }
}

package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What waits counts until it is written, also when that fails or is not begun. */
final class WritersTest {
    @Test
    void areBehindWhileTooMuchWaits() throws Exception {
        Writers writers = new Writers(100);
        CountDownLatch disk = new CountDownLatch(1);
        AtomicInteger written = new AtomicInteger();
        for (int i = 0; i < Writers.THREADS + 1; i++) {
            assertThat(writers.behind()).isEqualTo(i * 40 > 100);
            writers.execute(40, () -> {
                awaitQuietly(disk);
                written.incrementAndGet();
            });
        }
        assertThat(writers.behind()).isTrue();
        disk.countDown();
        assertThat(writers.finish()).isTrue();
        assertThat(written).hasValue(Writers.THREADS + 1);
        assertThat(writers.behind()).isFalse();
    }

    @Test
    void countNothingThatWasRefused() throws Exception {
        Writers writers = new Writers(100);
        assertThat(writers.finish()).isTrue();
        assertThatThrownBy(() -> writers.execute(1000, () -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThat(writers.behind()).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

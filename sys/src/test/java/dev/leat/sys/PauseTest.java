package dev.leat.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting as long as was asked for, whatever else happens to the thread. */
@Timeout(60)
class PauseTest {
    @Test
    void neitherPermitsNorInterruptsShortenIt() {
        LockSupport.unpark(Thread.currentThread());
        Thread.currentThread().interrupt();
        long began = System.nanoTime();
        Pause.nanos(TimeUnit.MILLISECONDS.toNanos(50));
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(50));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void itEndsWhenItIsToldTo() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().start(() -> {
            Pause.nanos(TimeUnit.DAYS.toNanos(1), ended::get);
            done.countDown();
        });
        LockSupport.unpark(thread);
        assertThat(done.await(20, TimeUnit.MILLISECONDS)).isFalse();
        ended.set(true);
        LockSupport.unpark(thread);
        thread.join();
    }
}

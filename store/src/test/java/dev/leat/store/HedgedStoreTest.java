package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import dev.leat.store.file.FileStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Second requests for late ranges. */
@SuppressWarnings("NullAway.Init") // set before each test
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HedgedStoreTest {
    private static final int LENGTH = 1000;

    /** Between the usual answer and one that never comes there is room for a slow machine. */
    private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    @TempDir
    private Path directory;

    private final byte[] bytes = new byte[50_000];
    private FarStore far;
    private HedgedStore store;

    @BeforeEach
    void put() throws Exception {
        new Random(7).nextBytes(bytes);
        far = new FarStore(FileStore.open(directory));
        far.put("o", ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
        store = new HedgedStore(far);
    }

    /** What becomes of the next requests, in order; without a word they are answered after the usual time. */
    private enum Fate {
        USUAL,
        /** Writes half of the bytes, wrong ones, and then nothing until its thread is interrupted. */
        HANGS,
        FAILS
    }

    private static final class FarStore extends ScriptedStore {
        private volatile Fate[] fates = {};
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger inside = new AtomicInteger();

        FarStore(ObjectStore store) {
            super(store);
        }

        void next(Fate... next) {
            asked.set(0);
            fates = next;
        }

        @Override
        public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch)
                throws StoreException {
            int number = asked.getAndIncrement();
            Fate fate = number < fates.length ? fates[number] : Fate.USUAL;
            inside.incrementAndGet();
            try {
                switch (fate) {
                    case USUAL -> {
                        LockSupport.parkNanos(USUAL_NANOS);
                        super.get(key, offset, destination, ifMatch);
                    }
                    case HANGS -> {
                        for (int i = 0; i < destination.limit() / 2; i++) {
                            destination.put(i, (byte) 0x55);
                        }
                        new CountDownLatch(1).await();
                    }
                    case FAILS -> throw new StoreException(Kind.DENIED, "no");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(Kind.UNAVAILABLE, "interrupted", e);
            } finally {
                inside.decrementAndGet();
            }
        }
    }

    private void read(int offset) throws StoreException {
        ByteBuffer destination = ByteBuffer.allocate(LENGTH + 20).position(10).limit(LENGTH + 10);
        store.get("o", offset, destination, null);
        assertThat(destination.hasRemaining()).isFalse();
        assertThat(Arrays.copyOfRange(destination.array(), 10, LENGTH + 10))
                .isEqualTo(Arrays.copyOfRange(bytes, offset, offset + LENGTH));
    }

    private void learn() throws StoreException {
        for (int i = 0; i < 64; i++) {
            read(i);
        }
        far.next();
    }

    @Test
    void aLateRangeIsAskedForTwice() throws Exception {
        learn();
        long before = store.won();
        far.next(Fate.HANGS, Fate.USUAL);
        read(500);
        assertThat(far.asked).hasValue(2);
        assertThat(store.won()).isEqualTo(before + 1);
        assertThat(store.hedges()).isGreaterThanOrEqualTo(store.won());
    }

    @Test
    void nothingIsAskedTwiceBeforeTheUsualTimeIsKnown() throws Exception {
        for (int i = 0; i < 31; i++) {
            read(i);
        }
        assertThat(store.hedges()).isZero();
    }

    @Test
    void aNearStoreIsAskedOnce() throws Exception {
        HedgedStore near = new HedgedStore(FileStore.open(directory));
        for (int i = 0; i < 1000; i++) {
            near.get("o", i, ByteBuffer.allocate(LENGTH), null);
        }
        assertThat(near.hedges()).isZero();
    }

    @Test
    void whenOneRequestFailsTheOtherCounts() throws Exception {
        learn();
        far.next(Fate.HANGS, Fate.FAILS);
        Thread reader = Thread.currentThread();
        // The first one hangs for good, so only an end from outside shows that it is still waited for.
        Thread.ofVirtual().start(() -> {
            while (far.asked.get() < 2 || far.inside.get() > 1) {
                LockSupport.parkNanos(1_000_000);
            }
            reader.interrupt();
        });
        assertThatThrownBy(() -> read(0))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(far.inside).hasValue(0);
        far.next(Fate.FAILS);
        assertThatThrownBy(() -> read(0))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED));
        assertThat(far.asked).hasValue(1);
    }

    @Test
    void whenAllAreLateOneInTenIsAskedTwice() throws Exception {
        learn();
        long before = store.hedges();
        Fate[] late = new Fate[1000];
        Arrays.fill(late, Fate.USUAL);
        // Every range is late until nothing is left of the budget; then a range that hangs is waited for.
        for (int i = 0; i < 20; i++) {
            late[2 * i] = Fate.HANGS;
        }
        far.next(late);
        Thread reader = Thread.currentThread();
        Thread stop = Thread.ofVirtual().start(() -> {
            int seen = -1;
            long since = System.nanoTime();
            while (System.nanoTime() - since < TimeUnit.SECONDS.toNanos(2)) {
                if (far.asked.get() != seen) {
                    seen = far.asked.get();
                    since = System.nanoTime();
                }
                LockSupport.parkNanos(1_000_000);
            }
            reader.interrupt();
        });
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 20; i++) {
                        read(i);
                    }
                })
                .isInstanceOf(StoreException.class);
        stop.join();
        Thread.interrupted();
        // Ten were saved up at most, and twenty ranges earn two more.
        assertThat(store.hedges() - before).isBetween(1L, 12L);
    }
}

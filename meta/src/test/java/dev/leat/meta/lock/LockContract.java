package dev.leat.meta.lock;

import static dev.leat.meta.lock.LockMount.flock;
import static dev.leat.meta.lock.LockMount.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FileLock.Kind;
import dev.leat.meta.fs.FileLock.Mode;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.LockRecord;
import dev.leat.meta.record.LockRecord.Held;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What locks promise on every engine, with two mounts of one volume. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
abstract class LockContract {
    private static final long INO = 7;
    private static final long SOON_MS = 150;

    private final List<MetaEngine> engines = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private LockMount a;
    private LockMount b;

    /** Connects one more client to the volume of this test. */
    abstract MetaEngine connect() throws Exception;

    /** Random steps that take a second or two on this engine. */
    abstract int steps();

    @BeforeEach
    final void open() throws Exception {
        a = mount();
        b = mount();
    }

    private LockMount mount() throws Exception {
        MetaEngine engine = connect();
        engines.add(engine);
        return new LockMount(engine);
    }

    @AfterEach
    final void close() {
        a.close();
        b.close();
        threads.shutdownNow();
        engines.forEach(MetaEngine::close);
    }

    @Test
    void rangesAreAsPosixSays() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("locks against the model: seed " + seed);
        Random random = new Random(seed);
        LockModel model = new LockModel();
        Mode[] modes = Mode.values();
        for (int i = 0; i < steps(); i++) {
            LockMount mount = random.nextBoolean() ? a : b;
            long owner = random.nextInt(3);
            Kind kind = random.nextInt(4) == 0 ? Kind.FLOCK : Kind.POSIX;
            long start = random.nextInt(LockModel.BYTES);
            long end = random.nextInt(8) == 0 ? Long.MAX_VALUE : start + random.nextInt(LockModel.BYTES);
            FileLock lock = new FileLock(kind, owner, 1, modes[random.nextInt(modes.length)], start, end);
            String step = "seed " + seed + ", step " + i + ": " + lock + " by " + (mount == a ? "a" : "b");
            int number = mount.session().number();
            if (random.nextInt(10) == 0) {
                mount.locks().unlockAll(INO, kind, owner);
                model.set(number, new FileLock(kind, owner, 1, Mode.NONE, 0, Long.MAX_VALUE));
            } else if (random.nextInt(5) == 0 && lock.mode() != Mode.NONE) {
                FileLock found = mount.locks().getlk(INO, lock);
                assertThat(found != null).as(step).isEqualTo(model.excluded(number, lock));
            } else {
                boolean taken = succeeds(() -> mount.locks().setlk(INO, lock));
                assertThat(taken).as(step).isEqualTo(model.set(number, lock));
            }
            assertThat(model.isSame(recordNow())).as(step).isTrue();
        }
    }

    private List<Held> recordNow() throws Exception {
        var value = engines.getFirst().get(List.of(Keys.locks(INO)), List.of()).get(Keys.locks(INO));
        return value == null ? List.of() : LockRecord.decode(value.bytes()).held();
    }

    private static boolean succeeds(ThrowingCallable call) throws Exception {
        try {
            call.call();
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.EAGAIN);
            return false;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void fails(Errno errno, Future<?> call) {
        assertThatThrownBy(() -> call.get(60, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** The call has asked for the lock, and does not get it. */
    private static void waits(LockMount mount, long ino, Future<?> call) {
        while (mount.locks().waiting(ino) == 0 && !call.isDone()) {
            LockSupport.parkNanos(1_000_000);
        }
        stillWaits(call);
    }

    private static void stillWaits(Future<?> call) {
        assertThatThrownBy(() -> call.get(SOON_MS, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
    }

    private Future<?> later(ThrowingCallable call) {
        return threads.submit((Callable<Boolean>) () -> {
            try {
                call.call();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            return true;
        });
    }

    @Test
    void aWaiterGetsTheLockWhenItIsFree() throws Exception {
        for (LockMount other : List.of(a, b)) {
            a.locks().setlk(INO, flock(1, Mode.EXCLUSIVE));
            Future<?> waiting = later(() -> other.locks().setlkw(INO, flock(2, Mode.SHARED)));
            waits(other, INO, waiting);
            a.locks().unlockAll(INO, Kind.FLOCK, 1);
            waiting.get(60, TimeUnit.SECONDS);
            assertThat(succeeds(() -> a.locks().setlk(INO, flock(1, Mode.EXCLUSIVE))))
                    .isFalse();
            other.locks().unlockAll(INO, Kind.FLOCK, 2);
            assertThat(recordNow()).isEmpty();
        }
    }

    /** Who waits for this mount only rests for a second at a time; as soon as another mount is in its way as well, it looks often. */
    @Test
    void aWaiterLooksWhenAnotherMountComesInItsWay() throws Exception {
        long fastestMs = Long.MAX_VALUE;
        // A busy machine may stand still for a while, but not each time.
        for (int round = 0; round < 10 && fastestMs > 400; round++) {
            a.locks().setlk(INO, range(1, Mode.EXCLUSIVE, 0, 4));
            Future<?> waiting = later(() -> a.locks().setlkw(INO, range(2, Mode.EXCLUSIVE, 0, 9)));
            waits(a, INO, waiting);
            b.locks().setlk(INO, range(3, Mode.EXCLUSIVE, 5, 9));
            a.locks().setlk(INO, range(1, Mode.NONE, 0, 4));
            long began = System.nanoTime();
            b.locks().setlk(INO, range(3, Mode.NONE, 5, 9));
            waiting.get(60, TimeUnit.SECONDS);
            fastestMs = Math.min(fastestMs, (System.nanoTime() - began) / 1_000_000);
            a.locks().unlockAll(INO, Kind.POSIX, 2);
        }
        assertThat(fastestMs).isLessThanOrEqualTo(400);
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        for (LockMount other : List.of(a, b)) {
            a.locks().setlk(INO, range(1, Mode.EXCLUSIVE, 0, 9));
            FutureTask<Boolean> task = new FutureTask<>(() -> {
                other.locks().setlkw(INO, range(2, Mode.SHARED, 5, 5));
                return true;
            });
            Thread thread = Thread.ofPlatform().start(task);
            waits(other, INO, task);
            thread.interrupt();
            fails(Errno.EINTR, task);
            a.locks().setlk(INO, range(1, Mode.NONE, 0, 9));
            assertThat(recordNow()).isEmpty();
            assertThat(engines.getFirst().get(List.of(Keys.locks(INO)), List.of()))
                    .isEmpty();
        }
    }

    @Test
    void aCycleOfWaitsIsRefused() throws Exception {
        a.locks().setlk(1, range(1, Mode.EXCLUSIVE, 0, 0));
        a.locks().setlk(2, range(2, Mode.EXCLUSIVE, 0, 0));
        a.locks().setlk(3, range(3, Mode.SHARED, 0, 0));
        Future<?> first = later(() -> a.locks().setlkw(2, range(1, Mode.EXCLUSIVE, 0, 0)));
        waits(a, 2, first);
        Future<?> second = later(() -> a.locks().setlkw(3, range(2, Mode.EXCLUSIVE, 0, 0)));
        waits(a, 3, second);
        fails(Errno.EDEADLK, later(() -> a.locks().setlkw(1, range(3, Mode.SHARED, 0, 0))));
        a.locks().unlockAll(3, Kind.POSIX, 3);
        second.get(60, TimeUnit.SECONDS);
        a.locks().unlockAll(2, Kind.POSIX, 2);
        first.get(60, TimeUnit.SECONDS);
    }

    @Test
    void twoWhoUpgradeAnFlockDoNotWaitForEver() throws Exception {
        a.locks().setlk(INO, flock(1, Mode.SHARED));
        b.locks().setlk(INO, flock(2, Mode.SHARED));
        Future<?> first = later(() -> a.locks().setlkw(INO, flock(1, Mode.EXCLUSIVE)));
        waits(a, INO, first);
        b.locks().setlkw(INO, flock(2, Mode.EXCLUSIVE));
        stillWaits(first);
        b.locks().unlockAll(INO, Kind.FLOCK, 2);
        first.get(60, TimeUnit.SECONDS);
    }

    @Test
    void locksOfADeadSessionDoNotCount() throws Exception {
        b.locks().setlk(INO, flock(1, Mode.EXCLUSIVE));
        assertThat(succeeds(() -> a.locks().setlk(INO, flock(1, Mode.SHARED)))).isFalse();
        Future<?> waiting = later(() -> a.locks().setlkw(INO, flock(2, Mode.SHARED)));
        waits(a, INO, waiting);
        assertThat(a.watch(5)).isEmpty();
        assertThat(a.watch(1)).hasSize(1);
        waiting.get(60, TimeUnit.SECONDS);
        assertThat(a.locks().getlk(INO, flock(3, Mode.SHARED))).isNull();
        assertThat(recordNow()).hasSize(1);
        fails(Errno.EIO, later(() -> b.locks().setlk(INO + 1, flock(1, Mode.EXCLUSIVE))));
    }

    @Test
    void unmountingDropsLocksAndEndsWaits() throws Exception {
        a.locks().setlk(INO, flock(1, Mode.EXCLUSIVE));
        a.locks().setlk(INO + 1, range(1, Mode.SHARED, 3, 4));
        Future<?> waiting = later(() -> a.locks().setlkw(INO, flock(2, Mode.EXCLUSIVE)));
        waits(a, INO, waiting);
        a.locks().close();
        fails(Errno.EIO, waiting);
        b.locks().setlk(INO, flock(1, Mode.EXCLUSIVE));
        b.locks().setlk(INO + 1, range(1, Mode.EXCLUSIVE, 0, 100));
    }

    @Test
    void countersUnderALockAreExactOnOneMount() throws Exception {
        for (Kind kind : Kind.values()) {
            count(kind, List.of(a, a, a, a, a, a), 100);
        }
    }

    @Test
    void countersUnderALockAreExactOnTwoMounts() throws Exception {
        for (Kind kind : Kind.values()) {
            count(kind, List.of(a, b, a, b, a, b), 20);
        }
    }

    private void count(Kind kind, List<LockMount> mounts, int each) throws Exception {
        int[] counter = new int[1];
        long began = System.nanoTime();
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < mounts.size(); i++) {
            LockMount mount = mounts.get(i);
            int owner = i + 1;
            done.add(later(() -> {
                for (int n = 0; n < each; n++) {
                    mount.locks().setlkw(INO, new FileLock(kind, owner, 1, Mode.EXCLUSIVE, 0, Long.MAX_VALUE));
                    int value = counter[0];
                    Thread.onSpinWait();
                    counter[0] = value + 1;
                    mount.locks().setlk(INO, new FileLock(kind, owner, 1, Mode.NONE, 0, Long.MAX_VALUE));
                }
            }));
        }
        for (Future<?> one : done) {
            one.get(60, TimeUnit.SECONDS);
        }
        long ms = (System.nanoTime() - began) / 1_000_000;
        System.out.println(getClass().getSimpleName() + ": " + mounts.size() + " x " + each + " locked increments by "
                + kind + " took " + ms + " ms");
        assertThat(counter[0]).isEqualTo(mounts.size() * each);
        assertThat(recordNow()).isEmpty();
        assertThat(ms).isLessThan(30_000);
    }
}

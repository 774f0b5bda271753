package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.fuse.mount.FuseMount;
import dev.leat.fuse.mount.MountException;
import dev.leat.fuse.wire.CreateIn;
import dev.leat.fuse.wire.CreateOut;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the session adds to the protocol: threads, deadlines, interrupts, inline answers, counters, passthrough. */
class SessionTest {
    @Test
    void anInterruptEndsAWaitingLock() throws Exception {
        MemoryFs fs = new MemoryFs();
        try (MountFixture mounted = MountFixture.mount(fs, SessionOptions.defaults());
                FileHandle holder = FileHandle.open(mounted.path("a"), Open.CREAT | Open.RDWR, 0600)) {
            Fs.flock(holder.descriptor(), 2);
            Process waiter = new ProcessBuilder("flock", mounted.path("a").toString(), "true").start();
            try {
                MountFixture.await("the lock is waited for", () -> fs.locked(() -> fs.lock.hasWaiters(fs.unlocked)));
                assertThat(waiter.isAlive()).isTrue();
                waiter.destroy();
                assertThat(waiter.waitFor(60, TimeUnit.SECONDS)).isTrue();
                MountFixture.await("the interrupt arrived", () -> fs.interruptsSeen.get() == 1);
                assertThat(mounted.count("INTERRUPT")).isPositive();
            } finally {
                waiter.destroyForcibly();
            }
            Fs.flock(holder.descriptor(), 8);
            Commands.run("flock", "-n", mounted.path("a").toString(), "true");
            try (FileHandle other = FileHandle.open(mounted.path("a"), Open.RDWR, 0)) {
                Fs.flock(holder.descriptor(), 1);
                assertThatThrownBy(() -> Fs.flock(other.descriptor(), 2 | 4))
                        .isInstanceOfSatisfying(
                                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
            }
        }
    }

    @Test
    void recordLocksAreTheFileSystems() throws Exception {
        MemoryFs fs = new MemoryFs();
        try (MountFixture mounted = MountFixture.mount(fs, SessionOptions.defaults())) {
            Path file = Files.writeString(mounted.path("a"), "0123456789");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                FileLock lock = channel.lock(2, 3, false);
                MemoryNode node = Objects.requireNonNull(fs.nodes.get((Long) Files.getAttribute(file, "unix:ino")));
                assertThat(fs.locked(() -> List.copyOf(node.locks)))
                        .singleElement()
                        .satisfies(held -> {
                            assertThat(held.start()).isEqualTo(2);
                            assertThat(held.end()).isEqualTo(4);
                            assertThat(held.exclusive()).isTrue();
                            assertThat(held.flock()).isFalse();
                        });
                assertThatThrownBy(() -> channel.tryLock(4, 1, true)).isInstanceOf(OverlappingFileLockException.class);
                lock.release();
            }
            assertThat(mounted.count("SETLK") + mounted.count("SETLKW")).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    @Timeout(120)
    void aRequestThatTakesTooLongAnswersEioAndItsHandleIsGivenBack() throws Exception {
        // Longer than a pause of a busy machine, so that only what shall be late is late.
        Duration deadline = Duration.ofSeconds(3);
        CountDownLatch release = new CountDownLatch(1);
        MemoryFs fs = new MemoryFs() {
            @Override
            public OpenOut open(Request r, int flags, int killFlags) throws FuseException {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new FuseException(Errno.EINTR);
                }
                return super.open(r, flags, killFlags);
            }

            @Override
            public void fsync(Request r, long fh, boolean dataOnly) {
                long end = System.nanoTime() + deadline.toNanos() * 3 / 2;
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(50_000_000);
                    r.progress();
                }
                super.fsync(r, fh, dataOnly);
            }
        };
        fs.put("a", new byte[] {1});
        SessionOptions options = SessionOptions.defaults().withDeadline(deadline);
        try (MountFixture mounted = MountFixture.mount(fs, options)) {
            // Whoever waited for the handler would wait for ever: it is let go afterwards.
            assertThatThrownBy(() -> FileHandle.open(mounted.path("a"), Open.RDONLY, 0))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
            MountFixture.await("only the open goes on", () -> mounted.session().inFlight() == 1);
            assertThat(fs.openHandles).hasValue(0);
            release.countDown();
            MountFixture.await("the request ended", () -> mounted.session().inFlight() == 0);
            assertThat(fs.openHandles).hasValue(0);

            try (FileHandle file = FileHandle.open(mounted.path("new"), Open.CREAT | Open.RDWR, 0600)) {
                file.sync(); // Takes longer than the deadline, but gets on all the time.
            }
            assertThat(fs.syncs).hasValue(1);
        }
    }

    @Test
    void readsAnsweredInlineComeFromMemoryElsewhere() throws IOException {
        Arena arena = Arena.ofAuto();
        MemorySegment stored = arena.allocate(1 << 20);
        for (int i = 0; i < stored.byteSize(); i++) {
            stored.set(ValueLayout.JAVA_BYTE, i, (byte) (i >>> 3));
        }
        List<String> readers = Collections.synchronizedList(new ArrayList<>());
        MemoryFs fs = new MemoryFs() {
            @Override
            public boolean tryRead(Request r, ReadIn in, ReadReply reply) {
                readers.add(Thread.currentThread().getName());
                long half = Math.min(in.size(), stored.byteSize() - in.offset()) / 2;
                reply.add(stored, in.offset(), half);
                reply.add(stored, in.offset() + half, Math.min(in.size(), stored.byteSize() - in.offset()) - half);
                return true;
            }
        };
        fs.put("a", new byte[1 << 20]);
        try (MountFixture mounted = MountFixture.mount(fs, SessionOptions.defaults())) {
            assertThat(Files.readAllBytes(mounted.path("a"))).isEqualTo(stored.toArray(ValueLayout.JAVA_BYTE));
            assertThat(readers).isNotEmpty().allMatch(name -> name.startsWith("fuse-"));
        }
    }

    @Test
    void failuresOfTheHandlerAreEioAndCounted() throws IOException {
        MemoryFs fs = new MemoryFs() {
            @Override
            public EntryOut lookup(Request r, byte[] name) throws FuseException {
                return switch (new String(name, UTF_8)) {
                    case "bug" -> throw new IllegalStateException("as the test wants it");
                    case "error" -> throw new AssertionError("as the test wants it");
                    case "quota" -> throw new FuseException(Errno.EDQUOT);
                    case "negative" -> EntryOut.negative(MemoryNode.HOUR);
                    default -> super.lookup(r, name);
                };
            }
        };
        List<String> log = Collections.synchronizedList(new ArrayList<>());
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        SessionOptions options = SessionOptions.defaults().withAccessLog(new AccessLog() {
            @Override
            public boolean listening() {
                return true;
            }

            @Override
            public void answered(AccessRecord request) {
                log.add(request.opcode() + ":" + request.error());
                lines.add(request.text());
            }
        });
        try (MountFixture mounted = MountFixture.mount(fs, options)) {
            assertErrno(mounted.path("bug"), Errno.EIO);
            assertErrno(mounted.path("error"), Errno.EIO);
            assertErrno(mounted.path("quota"), Errno.EDQUOT);
            assertErrno(mounted.path("negative"), Errno.ENOENT);
            assertErrno(mounted.path("negative"), Errno.ENOENT);
            OpStats lookups = mounted.session().stats().stream()
                    .filter(stats -> stats.name().equals("LOOKUP"))
                    .findFirst()
                    .orElseThrow();
            assertThat(lookups.count()).as("the negative entry is remembered").isEqualTo(4);
            assertThat(lookups.errors()).isEqualTo(3);
            assertThat(lookups.nanos()).isPositive();
            assertThat(log).contains("1:5", "1:122", "1:0");
            List<String> said = List.copyOf(lines);
            assertThat(said)
                    .allSatisfy(
                            line -> assertThat(line)
                                    .matches(
                                            "[-0-9]+T[:.0-9]+(Z|[+-][0-9:]+) \\[uid:0,gid:0,pid:[0-9]+] [a-z_]+ \\(.*\\): .+ <[0-9.]+>\n"));
            assertThat(said).anySatisfy(line -> assertThat(line).contains("lookup (1,\"quota\"): EDQUOT <"));
            assertThat(said).anySatisfy(line -> assertThat(line).contains("lookup (1,\"negative\"): ENOENT <"));
        }
    }

    private static void assertErrno(Path path, Errno errno) {
        assertThatThrownBy(() -> Fs.lstat(path))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void manyRequestsAtOnce() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        MemoryFs fs = new MemoryFs() {
            @Override
            public EntryOut lookup(Request r, byte[] name) throws FuseException {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new FuseException(Errno.EINTR);
                }
                return super.lookup(r, name);
            }
        };
        int clients = 100;
        for (int i = 0; i < clients; i++) {
            fs.put("f" + i, new byte[0]);
        }
        try (MountFixture mounted = MountFixture.mount(fs, SessionOptions.defaults())) {
            CountDownLatch found = new CountDownLatch(clients);
            for (int i = 0; i < clients; i++) {
                Path path = mounted.path("f" + i);
                Thread.ofPlatform().daemon().start(() -> {
                    if (Files.exists(path)) {
                        found.countDown();
                    }
                });
            }
            // PARALLEL_DIROPS: lookups of one directory do not wait for each other.
            MountFixture.await("all are in flight", () -> mounted.session().inFlight() == clients);
            gate.countDown();
            assertThat(found.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void unmountWhileInUse() throws Exception {
        MemoryFs fs = new MemoryFs();
        try (MountFixture mounted = MountFixture.mount(fs, SessionOptions.defaults());
                Arena arena = Arena.ofConfined()) {
            FuseMount mount = mounted.mount();
            FileHandle file = FileHandle.open(mounted.path("a"), Open.CREAT | Open.RDWR, 0600);
            assertThatThrownBy(() -> mount.unmount(false))
                    .isInstanceOf(MountException.class)
                    .hasMessageContaining("in use");
            mount.unmount(true);
            assertThat(mounted.path("a")).doesNotExist();
            file.pwrite(arena.allocate(10), 0);
            assertThat(file.size()).isEqualTo(10);
            file.close();
            assertThat(mounted.session().awaitEnd(Duration.ofMinutes(1))).isTrue();
        }
        assertThat(fs.destroyed).isTrue();
    }

    @Test
    void theKernelReadsAndWritesTheBackingFileItself() throws IOException {
        AtomicReference<FuseSession> session = new AtomicReference<>();
        // In memory: the kernel refuses a backing file on a file system that is itself stacked, such as a container's.
        Path backing = Files.createTempFile(Path.of("/dev/shm"), "leat-", ".backing");
        MemoryFs fs = new MemoryFs() {
            @Override
            public CreateOut create(Request r, byte[] name, CreateIn in) throws FuseException {
                CreateOut made = super.create(r, name, in);
                try (FileHandle file = FileHandle.open(backing, Open.CREAT | Open.RDWR, 0600)) {
                    int id =
                            Objects.requireNonNull(session.get()).backingFiles().open(file.descriptor());
                    return new CreateOut(made.entry(), new OpenOut(made.open().fh(), Fuse.FOPEN_PASSTHROUGH, id));
                } catch (ErrnoException e) {
                    throw new FuseException(e.errno());
                }
            }
        };
        try (MountFixture mounted =
                MountFixture.mount(fs, SessionOptions.defaults().withPassthrough())) {
            assumeTrue(mounted.session().negotiated().has(InitFlags.PASSTHROUGH), "the kernel has no passthrough");
            session.set(mounted.session());
            Files.writeString(mounted.path("a"), "straight through");
            assertThat(mounted.count("WRITE")).isZero();
            assertThat(Files.readString(backing)).isEqualTo("straight through");
            mounted.session().backingFiles().close(1);
        } finally {
            Files.delete(backing);
        }
    }
}

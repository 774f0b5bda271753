package dev.leat.sys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Children, descriptors that travel between processes, and errno under concurrency. */
class ProcessesTest {
    @Test
    void aSpawnedProgramInheritsADescriptor() throws IOException {
        int[] pipe = Descriptors.pipe();
        try (Arena arena = Arena.ofConfined()) {
            int pid = Processes.spawn(
                    "/bin/sh", List.of("sh", "-c", "echo $WORD >&7; exit 3"), List.of("WORD=told"), Map.of(7, pipe[1]));
            Fs.close(pipe[1]);
            assertThat(Processes.waitFor(pid)).isEqualTo(3);
            MemorySegment text = arena.allocate(64);
            long n = Io.read(pipe[0], text, 64);
            assertThat(new String(text.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), UTF_8))
                    .isEqualTo("told\n");
        } finally {
            Fs.close(pipe[0]);
        }
    }

    @Test
    void spawnOfAMissingProgramSaysSo() {
        assertThatThrownBy(() -> Processes.spawn("/missing/program", List.of("x"), List.of(), Map.of()))
                .hasMessageContaining("/missing/program")
                .hasMessageContaining("ENOENT");
    }

    @Test
    void aDescriptorTravelsThroughASocket(@TempDir Path dir) throws IOException {
        int[] sockets = Descriptors.socketpair();
        try (FileHandle file = FileHandle.temporary(dir);
                Arena arena = Arena.ofConfined()) {
            Descriptors.sendDescriptor(sockets[0], file.descriptor());
            try (FileHandle received = FileHandle.adopt(Descriptors.receiveDescriptor(sockets[1]), "received")) {
                assertThat(received.descriptor()).isNotEqualTo(file.descriptor());
                received.pwrite(arena.allocate(5), 0);
                assertThat(file.size()).isEqualTo(5);
            }
            Fs.close(sockets[0]);
            assertThat(Descriptors.receiveDescriptor(sockets[1])).isEqualTo(-1);
        } finally {
            Fs.closeQuietly(sockets[1]);
        }
    }

    @Test
    void aDescriptorIsFetchedFromAnotherProcess(@TempDir Path dir) throws IOException {
        int[] hold = Descriptors.pipe();
        try (FileHandle file = FileHandle.temporary(dir);
                Arena arena = Arena.ofConfined()) {
            int pid = Processes.spawn("/bin/cat", List.of("cat"), List.of(), Map.of(0, hold[0], 9, file.descriptor()));
            int pidfd = Processes.pidfdOpen(pid);
            assertThat(Descriptors.poll(pidfd, Descriptors.POLLIN, 0)).isZero();
            try (FileHandle fetched = FileHandle.adopt(Processes.pidfdGetfd(pidfd, 9), "fetched")) {
                fetched.pwrite(arena.allocate(11), 0);
                assertThat(file.size()).isEqualTo(11);
            }
            Processes.kill(pid, 15);
            assertThat(Descriptors.poll(pidfd, Descriptors.POLLIN, 10_000)).isEqualTo(Descriptors.POLLIN);
            assertThat(Processes.waitFor(pid)).isEqualTo(128 + 15);
            Fs.close(pidfd);
        } finally {
            Fs.closeQuietly(hold[0]);
            Fs.closeQuietly(hold[1]);
        }
    }

    @Test
    void writevJoinsRangesAndManyThreadsKeepTheirErrorsApart() throws Exception {
        int[] pipe = Descriptors.pipe();
        try (Arena arena = Arena.ofShared()) {
            IoVector vector = new IoVector(arena, 2);
            vector.add(arena.allocateFrom("left"), 0, 4);
            vector.add(arena.allocateFrom("xright"), 1, 5);
            assertThat(Io.writev(pipe[1], vector)).isEqualTo(9).isEqualTo(vector.totalBytes());
            MemorySegment text = arena.allocate(64);
            assertThat(Io.read(pipe[0], text, 64)).isEqualTo(9);
            assertThat(text.getString(0)).isEqualTo("leftright");

            AtomicLong wrong = new AtomicLong();
            CountDownLatch done = new CountDownLatch(64);
            for (int i = 0; i < 64; i++) {
                boolean badNumber = i % 2 == 0;
                Thread.ofVirtual().start(() -> {
                    for (int round = 0; round < 2000; round++) {
                        long result = badNumber ? Io.pread(1_000_000, text, 1, 0) : Io.pread(pipe[0], text, 1, 0);
                        Errno expected = badNumber ? Errno.EBADF : Errno.ESPIPE;
                        if (result != -expected.number()) {
                            wrong.incrementAndGet();
                        }
                    }
                    done.countDown();
                });
            }
            done.await();
            assertThat(wrong).hasValue(0);
        } finally {
            Fs.closeQuietly(pipe[0]);
            Fs.closeQuietly(pipe[1]);
        }
    }

    @Test
    void eventCounterAndIdentity() throws IOException {
        int counter = Descriptors.eventfd(0);
        assertThat(Descriptors.poll(counter, Descriptors.POLLIN, 0)).isZero();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
            assertThat(Io.write(counter, one, 8)).isEqualTo(8);
        }
        assertThat(Descriptors.poll(counter, Descriptors.POLLIN, 0)).isEqualTo(Descriptors.POLLIN);
        Fs.close(counter);
        assertThat(Processes.geteuid()).isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }
}

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File calls against a real local file system. */
class FileHandleTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path dir;

    @Test
    void writesAndReadsAtPositions() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(dir.resolve("a"), Open.CREAT | Open.RDWR, 0640)) {
            file.pwrite(arena.allocateFrom("hello", UTF_8).asSlice(0, 5), 3);
            MemorySegment back = arena.allocate(100);
            assertThat(file.pread(back, 0)).isEqualTo(8);
            assertThat(back.asSlice(0, 8).toArray(ValueLayout.JAVA_BYTE)).isEqualTo("\0\0\0hello".getBytes(UTF_8));
            assertThat(file.preadNoWait(back, 5)).isEqualTo(3);
            assertThat(file.preadNoWait(back, 8)).isZero();
            assertThat(file.size()).isEqualTo(8);
            FileStat stat = file.stat();
            assertThat(stat.size()).isEqualTo(8);
            assertThat(stat.isRegular()).isTrue();
            assertThat(stat.mode() & 0777).isEqualTo(0640);
            assertThat(stat.nlink()).isEqualTo(1);
            assertThat(stat.mtimeSec())
                    .isEqualTo(Files.getLastModifiedTime(dir.resolve("a"))
                            .toInstant()
                            .getEpochSecond());
            assertThat(stat.ino()).isEqualTo(Files.getAttribute(dir.resolve("a"), "unix:ino"));
        }
    }

    @Test
    void findsHolesAndGivesSpaceBack() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.temporary(dir)) {
            file.truncate(4 * MIB);
            assertThat(file.seekData(0)).isEqualTo(FileHandle.NO_DATA);
            file.pwrite(arena.allocate(MIB).fill((byte) 7), MIB);
            assertThat(file.seekData(0)).isEqualTo(MIB);
            assertThat(file.seekHole(MIB)).isEqualTo(2 * MIB);
            long before = file.stat().allocatedBytes();
            assertThat(before).isGreaterThanOrEqualTo(MIB);
            file.punch(MIB, MIB);
            assertThat(file.stat().allocatedBytes()).isLessThan(before);
            assertThat(file.size()).isEqualTo(4 * MIB);
            file.dataSync();
        }
    }

    @Test
    void copiesAndMaps() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle from = FileHandle.temporary(dir);
                FileHandle to = FileHandle.temporary(dir)) {
            from.pwrite(arena.allocate(8192).fill((byte) 9), 0);
            assertThat(from.copyTo(to, 0, 4096, 8192)).isEqualTo(8192);
            try (Mapping mapping = to.map(4096, 8192, true)) {
                assertThat(mapping.segment().get(ValueLayout.JAVA_BYTE, 8191)).isEqualTo((byte) 9);
                mapping.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            }
            MemorySegment one = arena.allocate(1);
            assertThat(to.pread(one, 4096)).isEqualTo(1);
            assertThat(one.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
            assertThat(from.cloneFrom(to)).isIn(true, false);
        }
    }

    @Test
    void errorsSayWhatFailed() throws IOException {
        assertThatThrownBy(() -> FileHandle.open(dir.resolve("missing"), Open.RDONLY, 0))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining("missing")
                .hasMessageContaining("ENOENT");
        FileHandle file = FileHandle.temporary(dir);
        file.close();
        file.close();
        assertThatThrownBy(file::size).hasMessageContaining("EBADF");
    }

    @Test
    void hotCallsReturnTheNegatedError() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(10);
            assertThat(Io.read(1_000_000, buffer, 10)).isEqualTo(-Errno.EBADF.number());
            assertThat(Io.pread(1_000_000, buffer, 10, 0)).isEqualTo(-Errno.EBADF.number());
            assertThat(Io.errno(-Errno.EBADF.number())).isEqualTo(Errno.EBADF);
            assertThatThrownBy(() -> Io.read(0, buffer, 11)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void statfsTellsSpace() throws IOException {
        FsStat stat = Fs.statfs(dir);
        assertThat(stat.totalBytes()).isEqualTo(Files.getFileStore(dir).getTotalSpace());
        assertThat(Fs.statfs(Path.of("/dev/shm")).type()).isEqualTo(FsStat.TMPFS);
    }
}

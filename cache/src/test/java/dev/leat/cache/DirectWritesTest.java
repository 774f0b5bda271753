package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes past the page cache is what was given, as far as it can go there; a file is the same however it was written. */
final class DirectWritesTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void writesWholePagesAndLeavesTheTail() throws Exception {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(folder.resolve("blob"), Open.RDWR | Open.CREAT, 0600)) {
            MemorySegment bytes = random(arena, 2 * MIB + 1000);
            long direct = new DirectWrites(true, () -> false).write(file, bytes, 3 * MIB);
            // Not every file system of a temporary folder has direct I/O.
            assertThat(direct).isIn(0L, 2L * MIB);
            file.pwrite(bytes.asSlice(direct), 3 * MIB + direct);
        }
        byte[] written = Files.readAllBytes(folder.resolve("blob"));
        byte[] expected = new byte[2 * MIB + 1000];
        new Random(1).nextBytes(expected);
        assertThat(written).hasSize(5 * MIB + 1000);
        assertThat(MemorySegment.ofArray(written).asSlice(3 * MIB).mismatch(MemorySegment.ofArray(expected)))
                .isEqualTo(-1);
    }

    @Test
    void replacesWhatThePageCacheHolds() throws Exception {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(folder.resolve("blob"), Open.RDWR | Open.CREAT, 0600)) {
            file.pwrite(arena.allocate(2 * MIB).fill((byte) 7), 0);
            MemorySegment bytes = random(arena, MIB);
            long direct = new DirectWrites(true, () -> false).write(file, bytes, 0);
            file.pwrite(bytes.asSlice(direct), direct);
            MemorySegment read = arena.allocate(2 * MIB);
            assertThat(file.pread(read, 0)).isEqualTo(2 * MIB);
            assertThat(read.asSlice(0, MIB).mismatch(bytes)).isEqualTo(-1);
            assertThat(read.get(ValueLayout.JAVA_BYTE, MIB)).isEqualTo((byte) 7);
        }
    }

    @Test
    void leavesToTheCallerWhatCannotGoThere() throws Exception {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(folder.resolve("blob"), Open.RDWR | Open.CREAT, 0600)) {
            MemorySegment bytes = random(arena, 2 * MIB);
            assertThat(new DirectWrites(false, () -> false).write(file, bytes, 0))
                    .isZero();
            assertThat(new DirectWrites(true, () -> false).write(file, bytes.asSlice(0, MIB - 1), 0))
                    .isZero();
            assertThat(new DirectWrites(true, () -> false).write(file, bytes, 100))
                    .isZero();
            assertThat(new DirectWrites(true, () -> false).write(file, bytes.asSlice(8, MIB), 0))
                    .isZero();
            assertThat(new DirectWrites(true, () -> true).write(file, bytes, 0)).isZero();
            assertThat(file.size()).isZero();
        }
    }

    private static MemorySegment random(Arena arena, int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        MemorySegment segment = arena.allocate(length, 4096);
        segment.copyFrom(MemorySegment.ofArray(bytes));
        return segment;
    }
}

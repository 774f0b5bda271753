package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.Blob;
import dev.leat.sys.FileHandle;
import dev.leat.testing.Requires;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full disks, failing disks, two daemons, another format: readers never notice. */
class TroubleTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private final BufferPool pool = new BufferPool(64L * MIB);
    private final Bytes origin = new Bytes();

    private TieredCache open(String volume, TierSpec... tiers) throws IOException {
        return BlobCaches.open(volume, List.of(tiers), origin, pool);
    }

    private TierSpec ssd(long quotaBytes, Path... paths) {
        return TierSpec.of(Medium.SSD, List.of(paths), quotaBytes);
    }

    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    @Test
    void aFullFileSystemIsNoErrorForAnybody() throws Exception {
        Requires.that(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "root, to mount a small tmpfs");
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", directory.toString());
        try {
            List<Blob> blobs = Readers.blobs(new Random(3), 24);
            TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 1 << 30, 0.95, 0.7, 0, 1000);
            try (TieredCache cache = open("full", spec)) {
                Readers.run(cache, blobs, 5, 2, 250);
                CacheSnapshot stats = cache.stats();
                assertThat(stats.directories().getFirst().failure()).isEmpty();
                assertThat(stats.passedBy()).as("fills that had no room").isPositive();
                assertThat(stats.tiers().getFirst().hits()).isPositive();
                long before = cache.stats().fills();
                // The keeper makes room by evicting, after which fills go on.
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (cache.stats().fills() == before && System.nanoTime() < deadline) {
                    Readers.run(cache, blobs, 6, 1, 10);
                }
                assertThat(cache.stats().fills()).isGreaterThan(before);
            }
        } finally {
            run("umount", "-l", directory.toString());
        }
    }

    @Test
    void aPageThatIsNotInMemoryIsNotWaitedFor() throws Exception {
        Requires.that(
                dev.leat.sys.Fs.statfs(directory).type() == dev.leat.sys.FsStat.EXT4,
                "temporary files on ext4, which can tell whether a page is in memory");
        Blob blob = Bytes.blob(1, 8L * MIB);
        try (TieredCache cache = open("nowait", ssd(64L * MIB, directory));
                Arena arena = Arena.ofShared()) {
            var to = arena.allocate(MIB);
            cache.warm(blob, 0, blob.sizeBytes());
            cache.read(blob, MIB, to, 0, MIB);
            assertThat(cache.tryRead(blob, MIB, to, 0, MIB)).isTrue();
            cache.settle();
            CacheDirectory only = cache.tiers().getFirst().directories()[0];
            Path segment = Objects.requireNonNull(only.files.get(blob.id())).path;
            run("dd", "if=" + segment, "iflag=nocache", "count=0", "status=none");
            assertThat(cache.tryRead(blob, MIB, to, 0, MIB)).as("not in memory").isFalse();
            long reads = origin.reads.get();
            cache.read(blob, MIB, to, 0, MIB);
            assertThat(Bytes.wrong(blob, MIB, to, 0, MIB)).isEqualTo(-1);
            assertThat(origin.reads.get()).as("it came from the disk").isEqualTo(reads);
            assertThat(cache.tryRead(blob, MIB, to, 0, MIB)).isTrue();
        }
    }

    @Test
    void theFreeSpaceFloorIsKept() throws Exception {
        Requires.that(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "root, to mount a small tmpfs");
        run("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", directory.toString());
        try {
            TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 1 << 30, 0.95, 0.7, 48L * MIB, 1000);
            try (TieredCache cache = open("floor", spec)) {
                Readers.run(cache, Readers.blobs(new Random(3), 24), 5, 2, 300);
                // What was evicted is given back in the background.
                long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                while (dev.leat.sys.Fs.statfs(directory).availableBytes() < 48L * MIB) {
                    assertThat(cache.stats().directories().getFirst().failure()).isEmpty();
                    assertThat(System.nanoTime()).as("the floor is kept").isLessThan(end);
                    cache.settle();
                }
            }
        } finally {
            run("umount", "-l", directory.toString());
        }
    }

    @Test
    void whatOthersLeaveNoRoomForIsStillGivenUp() throws Exception {
        Requires.that(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "root, to mount a small tmpfs");
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", directory.toString());
        try {
            // The index takes 16 slots to a page, so what is filled needs more than one page of it.
            List<Blob> blobs = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                blobs.add(Bytes.blob(i, 4L * MIB + 1));
            }
            TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 1 << 30, 0.95, 0.7, 0, 1000);
            try (TieredCache cache = open("crowded", spec);
                    Arena arena = Arena.ofConfined()) {
                MemorySegment to = arena.allocate(MIB);
                for (Blob blob : blobs) {
                    cache.read(blob, 0, to, 0, MIB);
                }
                run("sh", "-c", "cat /dev/zero > '" + directory.resolve("others") + "' 2>/dev/null || true");
                assertThat(dev.leat.sys.Fs.statfs(directory).availableBytes()).isZero();
                blobs.forEach(blob -> cache.evict(blob.id()));
                assertThat(cache.stats().directories().getFirst().failure()).isEmpty();
                blobs.forEach(blob ->
                        assertThat(cache.cachedBytes(blob, 0, blob.sizeBytes())).isZero());
            }
        } finally {
            run("umount", "-l", directory.toString());
        }
    }

    @Test
    void aFailingDiskIsLeftOutAndReadsGoOn() throws Exception {
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        List<Blob> blobs = Readers.blobs(new Random(3), 24);
        try (TieredCache cache = open("failing", ssd(512L * MIB, one, two))) {
            Readers.run(cache, blobs, 1, 2, 200);
            CacheDirectory victim = cache.tiers().getFirst().directories()[0];
            assertThat(victim.usedBytes()).isPositive();
            // From now on every call on its files fails, as on a disk that went away.
            for (OwnFile file : victim.files.values()) {
                FileHandle handle = file.handle;
                if (handle != null) {
                    handle.close();
                }
            }
            Readers.run(cache, blobs, 2, 2, 300);
            CacheSnapshot stats = cache.stats();
            assertThat(stats.diskFailures()).isEqualTo(1);
            // The latter from a write past the page cache, for which the file is opened a second time.
            assertThat(stats.directories().get(0).failure()).containsAnyOf("EBADF", "ENOENT");
            assertThat(stats.directories().get(1).failure()).isEmpty();
            long reads = origin.reads.get();
            Blob blob = blobs.get(4);
            cache.warm(blob, 0, blob.sizeBytes());
            assertThat(cache.cachedBytes(blob)).as("kept by the other disk").isEqualTo(blob.sizeBytes());
            assertThat(origin.reads.get()).isGreaterThanOrEqualTo(reads);
        }
    }

    @Test
    void aDirectoryThatCannotBeUsedIsSaidAndLeftOut() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");
        try (TieredCache cache = open("one-bad", ssd(64L * MIB, file, directory.resolve("good")))) {
            assertThat(cache.stats().directories()).hasSize(1);
            assertThat(cache.stats().diskFailures()).isEqualTo(1);
        }
        assertThatThrownBy(() -> open("all-bad", ssd(64L * MIB, file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("--cache-dir");
    }

    @Test
    void twoDaemonsHaveAFolderEachAndTheNextOneFindsTheFirst() throws Exception {
        Blob blob = Bytes.blob(1, 6L * MIB);
        try (TieredCache first = open("shared", ssd(64L * MIB, directory))) {
            first.warm(blob, 0, blob.sizeBytes());
            try (TieredCache second = open("shared", ssd(64L * MIB, directory))) {
                assertThat(second.stats().directories().getFirst().folder())
                        .isNotEqualTo(first.stats().directories().getFirst().folder());
                assertThat(second.cachedBytes(blob)).isZero();
            }
        }
        try (TieredCache third = open("shared", ssd(64L * MIB, directory))) {
            assertThat(third.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
        }
        try (TieredCache other = open("another", ssd(64L * MIB, directory))) {
            assertThat(other.cachedBytes(blob)).as("another volume's bytes").isZero();
        }
    }

    @Test
    void anotherFormatIsBegunAnew() throws Exception {
        Blob small = Bytes.blob(1, 300_000);
        Blob large = Bytes.blob(2, 6L * MIB);
        String folder;
        try (TieredCache cache = open("format", ssd(64L * MIB, directory))) {
            cache.warm(small, 0, small.sizeBytes());
            cache.warm(large, 0, large.sizeBytes());
            folder = cache.stats().directories().getFirst().folder();
        }
        try (FileHandle index = FileHandle.open(Path.of(folder, "index"), dev.leat.sys.Open.RDWR, 0);
                java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            index.pwrite(arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_INT, 99), 8);
        }
        try (TieredCache cache = open("format", ssd(64L * MIB, directory))) {
            assertThat(cache.cachedBytes(small) + cache.cachedBytes(large)).isZero();
            assertThat(cache.warm(large, 0, large.sizeBytes())).isEqualTo(large.sizeBytes());
        }
    }

    @Test
    void pinnedBlobsStayAlsoAfterARestart() throws Exception {
        Blob small = Bytes.blob(1, 300_000);
        Blob large = Bytes.blob(2, 6L * MIB);
        for (int round = 0; round < 2; round++) {
            try (TieredCache cache = open("pins", ssd(48L * MIB, directory))) {
                if (round == 0) {
                    cache.pin(small, true);
                    cache.warm(small, 0, small.sizeBytes());
                    cache.warm(large, 0, large.sizeBytes());
                    cache.pin(large, true);
                }
                for (int i = 10; i < 40; i++) {
                    Blob other = Bytes.blob(i, 5L * MIB);
                    cache.warm(other, 0, other.sizeBytes());
                    cache.warm(Bytes.blob(100 + i, 2L * MIB), 0, 2L * MIB);
                    cache.settle();
                }
                assertThat(cache.stats().evictions()).isPositive();
                assertThat(cache.cachedBytes(small)).isEqualTo(small.sizeBytes());
                assertThat(cache.cachedBytes(large)).isEqualTo(large.sizeBytes());
            }
        }
    }

    @Test
    void theInodeLimitIsKept() throws Exception {
        TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), 512L * MIB, 0.95, 0.7, 0, 20);
        try (TieredCache cache = open("inodes", spec)) {
            for (int i = 0; i < 40; i++) {
                cache.warm(Bytes.blob(i, 5L * MIB), 0, MIB);
                assertThat(cache.stats().directories().getFirst().inodes()).isLessThanOrEqualTo(20);
            }
            assertThat(cache.cachedBytes(Bytes.blob(39, 5L * MIB))).isEqualTo(MIB);
        }
    }

    @Test
    void aMemoryTierIsFilledFromTheOneBelow() throws Exception {
        Requires.that(Files.isWritable(Path.of("/dev/shm")), "a writable /dev/shm");
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "leat-test");
        try (TieredCache cache =
                open("chain", ssd(256L * MIB, directory), TierSpec.of(Medium.MEM, List.of(memory), 64L * MIB))) {
            Readers.run(cache, Readers.blobs(new Random(3), 24), 1, 2, 400);
            assertThat(cache.stats().tiers().get(0).medium()).isEqualTo(Medium.MEM);
            assertThat(cache.stats().tiers().get(0).hits()).isPositive();
            assertThat(cache.stats().tiers().get(1).hits()).isPositive();
        } finally {
            try (var all = Files.walk(memory)) {
                for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        assertThat(Objects.requireNonNull(pool.usage()).usedBytes()).isZero();
    }
}

package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.Blob;
import dev.leat.testing.Requires;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random reads under constant eviction give the right bytes, also after every way of ending and beginning again. */
class CacheModelTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("leat.seed", System.nanoTime());
    private final BufferPool pool = new BufferPool(64 * MIB);
    private final Bytes origin = new Bytes();

    @BeforeEach
    void sayTheSeed() {
        System.out.println("CacheModelTest: -Dleat.seed=" + seed);
    }

    @Test
    void readsUnderEvictionAreRightAndStayWithinTheQuota() throws Exception {
        List<Blob> blobs = Readers.blobs(new Random(seed), 30);
        try (TieredCache cache = Readers.open(directory, 48 * MIB, origin, pool, "boot")) {
            Readers.run(cache, blobs, seed, 4, 400);
            cache.settle();
            CacheSnapshot stats = cache.stats();
            assertThat(stats.evictions()).isPositive();
            assertThat(stats.directories().getFirst().failure()).isEmpty();
            assertThat(stats.directories().getFirst().allocatedBytes()).isLessThanOrEqualTo(48 * MIB);
            assertThat(onDisk()).as("bytes on disk").isLessThan(56 * MIB);
            heldIsCounted(cache, blobs);
            cache.evict(blobs.getFirst().id());
            heldIsCounted(cache, blobs);
        }
        try (TieredCache cache = Readers.open(directory, 48 * MIB, origin, pool, "boot")) {
            heldIsCounted(cache, blobs);
        }
        assertThat(pool.usage().usedBytes()).as("no buffer is lost").isZero();
    }

    private static void heldIsCounted(TieredCache cache, List<Blob> blobs) {
        assertThat(cache.stats().directories().getFirst().heldBytes())
                .isPositive()
                .isEqualTo(blobs.stream().mapToLong(cache::cachedBytes).sum());
    }

    @Test
    void aCleanlyClosedCacheServesItsBytesAgain() throws Exception {
        List<Blob> blobs = Readers.blobs(new Random(seed), 24);
        for (int round = 0; round < 4; round++) {
            try (TieredCache cache = Readers.open(directory, 64 * MIB, origin, pool, "boot" + round)) {
                Readers.run(cache, blobs, seed + round, 2, 150);
                assertThat(cache.stats().suspectPages())
                        .as("clean: nothing is suspect")
                        .isZero();
            }
        }
    }

    @Test
    void aKilledProcessLeavesACacheThatIsTrustedAndRight() throws Exception {
        List<Blob> blobs = Readers.blobs(new Random(7), 24);
        for (int round = 0; round < 3; round++) {
            runAndKill("boot", seed + round, "reading");
            try (TieredCache cache = Readers.open(directory, 64 * MIB, origin, pool, "boot")) {
                long held = cache.stats().directories().getFirst().usedBytes();
                assertThat(held).as("bytes found after kill %d", round).isPositive();
                Readers.all(cache, blobs);
                Readers.run(cache, blobs, seed + 100 + round, 2, 100);
                assertThat(cache.stats().suspectPages())
                        .as("same boot: nothing is suspect")
                        .isZero();
            }
        }
    }

    @Test
    void aProcessThatIsKilledOnAFullDiskLeavesACacheThatIsRight() throws Exception {
        Requires.that(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "root, to mount a small tmpfs");
        TroubleTest.run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", directory.toString());
        try {
            List<Blob> blobs = Readers.blobs(new Random(7), 24);
            for (int round = 0; round < 2; round++) {
                runAndKill("boot", seed + round, "reading");
                try (TieredCache cache = Readers.open(directory, 64 * MIB, origin, pool, "boot")) {
                    assertThat(cache.stats().directories().getFirst().usedBytes())
                            .as("bytes found after kill %d", round)
                            .isPositive();
                    Readers.all(cache, blobs);
                    assertThat(cache.stats().directories().getFirst().failure()).isEmpty();
                }
            }
        } finally {
            TroubleTest.run("umount", "-l", directory.toString());
        }
    }

    @Test
    void afterAPowerLossDamagedPagesAreFoundAndFetchedAgain() throws Exception {
        List<Blob> blobs = Readers.blobs(new Random(7), 24);
        long corrupt = 0;
        for (int round = 0; round < 2; round++) {
            runAndKill("boot" + round, seed + round, "reading");
            damage(new Random(seed + round));
            try (TieredCache cache = Readers.open(directory, 64 * MIB, origin, pool, "another" + round)) {
                Readers.all(cache, blobs);
                Readers.run(cache, blobs, seed + 200 + round, 2, 200);
                assertThat(cache.stats().suspectPages()).as("pages checked").isPositive();
                corrupt += cache.stats().corruptPages();
            }
        }
        assertThat(corrupt).as("damage that was met").isPositive();
    }

    @Test
    void aKillAfterAPowerLossDoesNotMakeUncheckedPagesTrusted() throws Exception {
        List<Blob> blobs = Readers.blobs(new Random(7), 24).subList(0, Readers.KEPT);
        runAndKill("boot", seed, "reading");
        damage(new Random(seed));
        runAndKill("another", seed, "idle");
        try (TieredCache cache = Readers.open(directory, 64 * MIB, origin, pool, "another")) {
            Readers.all(cache, blobs);
            assertThat(cache.stats().suspectPages()).as("pages checked").isPositive();
        }
    }

    private void runAndKill(String bootId, long childSeed, String how) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Readers.class.getName(),
                        directory.toString(),
                        bootId,
                        Long.toString(childSeed),
                        how)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = output.readLine();
            while (line != null && !line.equals("ready")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("ready");
            // Long enough for several rounds of eviction and persisting, never the same moment.
            boolean ended = process.waitFor(500 + (childSeed & 1023), TimeUnit.MILLISECONDS);
            assertThat(ended)
                    .as("readers that found a wrong byte would have ended")
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Overwrites a tenth of all pages that have bytes. */
    private void damage(Random random) throws IOException {
        List<Path> segments;
        try (Stream<Path> all = Files.walk(directory)) {
            segments = all.filter(
                            p -> p.toString().contains("/own/") || p.toString().contains("/shared-"))
                    .filter(Files::isRegularFile)
                    .toList();
        }
        byte[] junk = new byte[4096];
        for (Path segment : segments) {
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                for (long page = 0; page < file.length() / 4096; page++) {
                    if (random.nextInt(10) == 0) {
                        random.nextBytes(junk);
                        file.seek(page * 4096);
                        file.write(junk);
                    }
                }
            }
        }
    }

    private long onDisk() throws IOException {
        long sum = 0;
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.filter(
                            p -> p.toString().contains("/own/") || p.toString().contains("/shared-"))
                    .filter(Files::isRegularFile)
                    .toList()) {
                sum += dev.leat.sys.Fs.lstat(path).allocatedBytes();
            }
        }
        return sum;
    }
}

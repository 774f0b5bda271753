package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Epochs over a data set twice as large as the cache hit about the share that fits, where LRU would hit nothing; and a new
 * data set takes over from one that nobody reads any more.
 */
class EpochScanTest {
    private static final int MIB = 1 << 20;
    private static final long QUOTA = 128L * MIB;

    @TempDir
    Path directory;

    /** Hit ratio of each epoch. */
    private static List<Double> epochs(TieredCache cache, List<Blob> blobs, int epochs, Random shuffle)
            throws IOException {
        List<Double> ratios = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(MIB);
            List<Blob> order = new ArrayList<>(blobs);
            for (int epoch = 0; epoch < epochs; epoch++) {
                if (shuffle.nextInt() != 0) {
                    Collections.shuffle(order, shuffle);
                }
                CacheSnapshot before = cache.stats();
                for (Blob blob : order) {
                    for (long at = 0; at < blob.sizeBytes(); at += MIB) {
                        cache.read(blob, at, to, 0, MIB);
                    }
                }
                CacheSnapshot after = cache.stats();
                long hits = after.tiers().getFirst().hitBytes()
                        - before.tiers().getFirst().hitBytes();
                ratios.add(hits / (double) (blobs.size() * blobs.getFirst().sizeBytes()));
            }
        }
        return ratios;
    }

    private static List<Blob> dataSet(int first, long blobBytes, long bytes) {
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < bytes / blobBytes; i++) {
            blobs.add(Bytes.blob(first + i, blobBytes));
        }
        return blobs;
    }

    private TieredCache open() throws IOException {
        TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), QUOTA, 0.95, 0.7, 0, 10000);
        return BlobCaches.open("epochs", List.of(spec), new Bytes(), new BufferPool(64L * MIB));
    }

    @Test
    void shuffledEpochsOverSmallBlobs() throws IOException {
        long seed = System.nanoTime();
        System.out.println("EpochScanTest: seed " + seed);
        try (TieredCache cache = open()) {
            List<Double> ratios = epochs(cache, dataSet(0, MIB, 2 * QUOTA), 6, new Random(seed));
            System.out.println("shuffled, small: " + ratios);
            assertThat(ratios.get(4)).isGreaterThan(0.3);
            assertThat(ratios.get(5)).isGreaterThan(0.3);
        }
    }

    @Test
    void sequentialEpochsOverLargeBlobs() throws IOException {
        try (TieredCache cache = open()) {
            Random never = new Random(0) {
                @Override
                public int nextInt() {
                    return 0;
                }
            };
            List<Double> ratios = epochs(cache, dataSet(0, 8 * MIB, 2 * QUOTA), 6, never);
            System.out.println("sequential, large: " + ratios);
            // The second to fourth read of a block's 4 MiB hit in any case, unless the whole block had to pass.
            long reads = cache.stats().fetchedBytes();
            assertThat(reads).as("bytes fetched in six epochs").isLessThan((long) (5.2 * 2 * QUOTA));
            assertThat(ratios.get(5)).isGreaterThan(0.3);
        }
    }

    @Test
    void aNewDataSetTakesOver() throws IOException {
        long seed = System.nanoTime();
        System.out.println("EpochScanTest: seed " + seed);
        try (TieredCache cache = open()) {
            epochs(cache, dataSet(0, MIB, 2 * QUOTA), 4, new Random(seed));
            List<Double> ratios = epochs(cache, dataSet(1000, MIB, QUOTA / 2), 16, new Random(seed));
            System.out.println("new data set: " + ratios);
            assertThat(ratios.getLast()).isGreaterThan(0.9);
        }
    }
}

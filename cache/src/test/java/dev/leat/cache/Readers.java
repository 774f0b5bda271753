package dev.leat.cache;

import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Random readers of a set of blobs of all sizes, who check every byte they get. */
final class Readers {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** How many blobs a process that is killed keeps pinned: one of each size up to 16 MiB. */
    static final int KEPT = 5;

    private Readers() {}

    /** Blobs around every size at which something changes. */
    static List<Blob> blobs(Random random, int count) {
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long size =
                    switch (i % 6) {
                        case 0 -> 1 + random.nextInt(8 * KIB);
                        case 1 -> 1 + random.nextInt(300 * KIB);
                        case 2 -> 1 + random.nextInt(4 * MIB);
                        case 3 -> 4 * MIB - 1 + random.nextInt(3);
                        case 4 -> 4 * MIB + random.nextInt(12 * MIB);
                        default -> 64 * MIB - 2 + random.nextInt(8 * MIB);
                    };
            blobs.add(Bytes.blob(i, size));
        }
        return blobs;
    }

    /** One random operation; throws if any byte is wrong. */
    static void step(TieredCache cache, List<Blob> blobs, Random random, MemorySegment to) throws IOException {
        Blob blob = blobs.get(random.nextInt(blobs.size()));
        int most = (int) Math.min(blob.sizeBytes(), random.nextInt(10) == 0 ? 6 * MIB : 200 * KIB);
        int length = 1 + random.nextInt(most);
        long offset = (long) (random.nextDouble() * (blob.sizeBytes() - length + 1));
        switch (random.nextInt(20)) {
            case 0 -> cache.prefetch(blob, offset, length);
            case 1 -> {
                Bytes.write(blob, offset, to, 0, length);
                cache.fill(blob, offset, to, 0, length);
            }
            case 2 -> {
                if (random.nextInt(4) == 0) {
                    cache.evict(blob.id());
                }
            }
            case 3, 4, 5 -> {
                if (cache.tryRead(blob, offset, to, 0, length)) {
                    check(blob, offset, to, length, "tryRead");
                }
            }
            default -> {
                cache.read(blob, offset, to, 0, length);
                check(blob, offset, to, length, "read");
            }
        }
    }

    private static void check(Blob blob, long offset, MemorySegment to, int length, String how) {
        long wrong = Bytes.wrong(blob, offset, to, 0, length);
        if (wrong >= 0) {
            throw new AssertionError(
                    how + " of blob " + blob + " from " + offset + ", " + length + " bytes: wrong at " + wrong);
        }
    }

    /** Several threads at once, each with its own part of the seed. */
    static void run(TieredCache cache, List<Blob> blobs, long seed, int threads, int steps) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Random random = new Random(seed * 31 + t);
                all.add(pool.submit(() -> {
                    try (Arena arena = Arena.ofShared()) {
                        MemorySegment to = arena.allocate(8 * MIB);
                        for (int i = 0; i < steps; i++) {
                            step(cache, blobs, random, to);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    /** Reads every byte of every blob once. */
    static void all(TieredCache cache, List<Blob> blobs) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(MIB);
            for (Blob blob : blobs) {
                for (long at = 0; at < blob.sizeBytes(); at += MIB) {
                    int length = (int) Math.min(MIB, blob.sizeBytes() - at);
                    cache.read(blob, at, to, 0, length);
                    check(blob, at, to, length, "read");
                }
            }
        }
    }

    static TieredCache open(Path directory, long quotaBytes, BlobSource origin, BufferPool pool, String bootId)
            throws IOException {
        // No floor: how full the machine's disk is has no say in these tests.
        TierSpec spec = TierSpec.parse("SSD=" + directory + ",quota=" + quotaBytes + "B,free=0B");
        return BlobCaches.open("model", List.of(spec), origin, pool, bootId);
    }

    /**
     * Reads for ever, to be killed: arguments are the directory, the boot id, a seed, and {@code reading} or {@code idle}.
     * The first {@link #KEPT} blobs are pinned and persisted before it says so, because everything else may come and go
     * between two rounds of persisting.
     */
    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[2]);
        BufferPool pool = new BufferPool(64L * MIB);
        TieredCache cache = open(Path.of(arguments[0]), 64L * MIB, new Bytes(), pool, arguments[1]);
        if (arguments[3].equals("reading")) {
            List<Blob> blobs = blobs(new Random(7), 24);
            blobs.subList(0, KEPT).forEach(b -> cache.pin(b, true));
            all(cache, blobs.subList(0, KEPT));
            List<Blob> others = blobs.subList(KEPT, blobs.size());
            run(cache, others, seed + 1, 2, 100);
            cache.settle();
            System.out.println("ready");
            run(cache, others, seed, 2, Integer.MAX_VALUE);
        }
        System.out.println("ready");
        Thread.sleep(Long.MAX_VALUE);
    }
}

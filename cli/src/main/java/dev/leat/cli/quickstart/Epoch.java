package dev.leat.cli.quickstart;

import dev.leat.cli.bench.Workers;
import dev.leat.cli.output.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Reads a data set once, whole files in shuffled order on a few threads, and takes the time. */
final class Epoch {
    /** One call reads at most this much, in bytes. */
    private static final int READ_BYTES = 1 << 20;

    private final int threads;
    private final ThreadLocal<ByteBuffer> buffers =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(READ_BYTES));

    Epoch(int threads) {
        this.threads = threads;
    }

    /**
     * What was measured.
     *
     * @param files files read
     * @param bytes bytes read
     * @param nanos time it took, from the first open to the last close
     */
    record Rate(long files, long bytes, long nanos) {
        double filesPerSecond() {
            return files / seconds();
        }

        double bytesPerSecond() {
            return bytes / seconds();
        }

        double seconds() {
            return nanos / (double) TimeUnit.SECONDS.toNanos(1);
        }
    }

    /** Reads {@code items} under {@code top}; {@code seed} decides the order. */
    Rate read(Path top, List<TrainingSet.Item> items, long seed, Progress progress)
            throws IOException, InterruptedException {
        List<TrainingSet.Item> order = new ArrayList<>(items);
        Collections.shuffle(order, new Random(seed));
        long bytes = order.stream().mapToLong(TrainingSet.Item::sizeBytes).sum();
        long started = System.nanoTime();
        Workers.each(order, threads, item -> {
            readOne(top.resolve(item.path()), item.sizeBytes());
            progress.add(1, item.sizeBytes());
        });
        return new Rate(order.size(), bytes, System.nanoTime() - started);
    }

    private void readOne(Path path, long sizeBytes) throws IOException {
        ByteBuffer buffer = buffers.get();
        long sum = 0;
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            for (int n = file.read(buffer.clear()); n >= 0; n = file.read(buffer.clear())) {
                sum += n;
            }
        }
        if (sum != sizeBytes) {
            throw new IOException(path + " has " + sum + " bytes instead of " + sizeBytes);
        }
    }
}

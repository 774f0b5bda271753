package dev.leat.sys.meter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Latencies fall into the bucket that holds them, and sums are whole. */
class LatencyHistogramTest {
    @Test
    void boundsAreInclusiveAndDouble() {
        LatencyHistogram histogram = new LatencyHistogram();
        List<Long> bounds = LatencyHistogram.BOUNDS_NANOS;
        for (long bound : bounds) {
            histogram.record(bound);
            histogram.record(bound + 1);
        }
        List<Long> counts = histogram.snapshot().counts();
        assertThat(counts).hasSize(bounds.size() + 1);
        assertThat(counts.getFirst()).as("what is at most 4096 ns").isEqualTo(1);
        assertThat(counts.subList(1, bounds.size()))
                .as("a bound, and one more than the last")
                .containsOnly(2L);
        assertThat(counts.getLast()).as("longer than the last bound").isEqualTo(1);
        for (int i = 1; i < bounds.size(); i++) {
            assertThat(bounds.get(i)).isEqualTo(2 * bounds.get(i - 1));
        }
    }

    @Test
    void extremesAreCounted() {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(-5);
        histogram.record(0);
        histogram.record(1);
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.count()).isEqualTo(4);
        assertThat(histogram.snapshot().counts().getFirst()).isEqualTo(3);
        assertThat(histogram.snapshot().counts().getLast()).isEqualTo(1);
    }

    @Test
    void recordingAllocatesNothing() {
        LatencyHistogram histogram = new LatencyHistogram();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        // What the JIT does meanwhile may allocate; the best of several rounds is the code's own.
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                histogram.record(i * 37L);
            }
            allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(allocated).as("bytes for 100,000 records").isLessThan(1_000);
        assertThat(histogram.count()).isEqualTo(500_000);
    }
}

package dev.leat.fuse.session;

import dev.leat.fuse.wire.Opcode;
import dev.leat.sys.meter.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by kind; adding takes no lock and allocates nothing. */
final class Counters {
    private final LatencyHistogram[] latencies = new LatencyHistogram[Opcode.LIMIT];
    private final LongAdder[] errors = new LongAdder[Opcode.LIMIT];
    private final LongAdder readBytes = new LongAdder();
    private final LongAdder writtenBytes = new LongAdder();

    Counters() {
        for (int i = 0; i < Opcode.LIMIT; i++) {
            latencies[i] = new LatencyHistogram();
            errors[i] = new LongAdder();
        }
    }

    /**
     * One request answered; unknown opcodes count as number 0.
     *
     * @param dataBytes bytes of data in it or in its reply
     */
    void answered(int opcode, int error, long tookNanos, int dataBytes) {
        int index = opcode > 0 && opcode < Opcode.LIMIT ? opcode : 0;
        latencies[index].record(tookNanos);
        if (error != 0) {
            errors[index].increment();
        } else if (opcode == Opcode.READ) {
            readBytes.add(dataBytes);
        } else if (opcode == Opcode.WRITE) {
            writtenBytes.add(dataBytes);
        }
    }

    /** Kinds that have occurred. */
    List<OpStats> snapshot() {
        List<OpStats> stats = new ArrayList<>();
        for (int i = 0; i < Opcode.LIMIT; i++) {
            LatencyHistogram.Snapshot latency = latencies[i].snapshot();
            if (latency.count() > 0) {
                stats.add(new OpStats(Opcode.name(i), errors[i].sum(), bytes(i), latency));
            }
        }
        return stats;
    }

    private long bytes(int opcode) {
        return switch (opcode) {
            case Opcode.READ -> readBytes.sum();
            case Opcode.WRITE -> writtenBytes.sum();
            default -> 0;
        };
    }
}

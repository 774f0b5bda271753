package dev.leat.fuse.session;

import dev.leat.fuse.wire.Opcode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by kind; adding takes no lock. */
final class Counters {
    private final LongAdder[] count = adders();
    private final LongAdder[] errors = adders();
    private final LongAdder[] nanos = adders();

    /** One request answered; unknown opcodes count as number 0. */
    void answered(int opcode, int error, long tookNanos) {
        int index = opcode > 0 && opcode < Opcode.LIMIT ? opcode : 0;
        count[index].increment();
        nanos[index].add(tookNanos);
        if (error != 0) {
            errors[index].increment();
        }
    }

    /** Kinds that have occurred. */
    List<OpStats> snapshot() {
        List<OpStats> stats = new ArrayList<>();
        for (int i = 0; i < Opcode.LIMIT; i++) {
            if (count[i].sum() > 0) {
                stats.add(new OpStats(Opcode.name(i), count[i].sum(), errors[i].sum(), nanos[i].sum()));
            }
        }
        return stats;
    }

    private static LongAdder[] adders() {
        LongAdder[] adders = new LongAdder[Opcode.LIMIT];
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }
}

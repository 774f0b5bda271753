package dev.leat.cli.bench;

import dev.leat.cli.output.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One phase of a benchmark.
 *
 * @param name what was done
 * @param operations how often
 * @param bytes bytes moved; 0 where none are
 * @param nanos time it took
 */
public record Phase(String name, long operations, long bytes, long nanos) {
    /** Operations a second. */
    public double perSecond() {
        return operations / seconds();
    }

    /** Bytes moved a second. */
    public double bytesPerSecond() {
        return bytes / seconds();
    }

    private double seconds() {
        return Math.max(1, nanos) / 1e9;
    }

    /** For people. */
    public static String table(List<Phase> phases) {
        Table table = new Table("phase", "operations", "seconds", "operations/s", "MB/s");
        for (Phase phase : phases) {
            table.row(
                    phase.name,
                    String.format(Locale.ROOT, "%,d", phase.operations),
                    String.format(Locale.ROOT, "%.2f", phase.seconds()),
                    String.format(Locale.ROOT, "%,.0f", phase.perSecond()),
                    phase.bytes == 0 ? "" : String.format(Locale.ROOT, "%,.1f", phase.bytes / 1e6 / phase.seconds()));
        }
        return table.toString().stripTrailing();
    }

    /** For programs. */
    public static List<Object> facts(List<Phase> phases) {
        List<Object> facts = new ArrayList<>();
        for (Phase phase : phases) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("phase", phase.name);
            one.put("operations", phase.operations);
            one.put("bytes", phase.bytes);
            one.put("seconds", phase.seconds());
            one.put("operationsPerSecond", phase.perSecond());
            facts.add(one);
        }
        return facts;
    }
}

package dev.leat.cli.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/** What a mount did in an interval, in the columns that users of JuiceFS know: usage, fuse, meta, cache, store. */
final class StatsTable {
    private static final String CYAN = "\u001b[36m";
    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";

    /** How a value is shown. */
    private enum Unit {
        BYTES,
        COUNT,
        PERCENT,
        MILLISECONDS
    }

    private record Column(String group, String name, Unit unit, ToDoubleBiFunction<Sums, Double> value) {}

    private static final List<Column> COLUMNS = List.of(
            new Column(
                    "usage",
                    "cpu",
                    Unit.PERCENT,
                    (sums, seconds) -> sums.grown("process_cpu_time_ns_total", "") / 1e7 / seconds),
            new Column("usage", "mem", Unit.BYTES, (sums, _) -> sums.now("leat_process_resident_bytes")),
            new Column("usage", "buf", Unit.BYTES, (sums, _) -> sums.now("leat_buffer_used_bytes")),
            new Column("usage", "unpub", Unit.BYTES, (sums, _) -> sums.now("leat_unpublished_bytes")),
            new Column(
                    "fuse",
                    "ops",
                    Unit.COUNT,
                    (sums, seconds) -> sums.grown("leat_fuse_request_seconds_count", "") / seconds),
            new Column("fuse", "lat", Unit.MILLISECONDS, (sums, _) -> sums.latency("leat_fuse_request_seconds", "")),
            new Column(
                    "fuse",
                    "read",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_fuse_read_bytes_total", "") / seconds),
            new Column(
                    "fuse",
                    "write",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_fuse_written_bytes_total", "") / seconds),
            new Column(
                    "meta",
                    "ops",
                    Unit.COUNT,
                    (sums, seconds) -> sums.grownBut("leat_meta_call_seconds_count", "op=\"feed\"") / seconds),
            new Column(
                    "meta",
                    "commit",
                    Unit.COUNT,
                    (sums, seconds) -> sums.grown("leat_meta_commits_total", "") / seconds),
            new Column(
                    "meta",
                    "lat",
                    Unit.MILLISECONDS,
                    (sums, _) -> sums.latency("leat_meta_call_seconds", "op=\"commit\"")),
            new Column(
                    "cache",
                    "hit",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_cache_hit_bytes_total", "") / seconds),
            new Column(
                    "cache",
                    "miss",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_cache_miss_bytes_total", "") / seconds),
            new Column(
                    "cache",
                    "fill",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_cache_filled_bytes_total", "") / seconds),
            new Column(
                    "store",
                    "get",
                    Unit.BYTES,
                    (sums, seconds) -> sums.grown("leat_store_bytes_total", "op=\"get\"") / seconds),
            new Column(
                    "store",
                    "get_c",
                    Unit.COUNT,
                    (sums, seconds) -> sums.grown("leat_store_request_seconds_count", "op=\"get\"") / seconds),
            new Column(
                    "store",
                    "put",
                    Unit.BYTES,
                    (sums, seconds) -> (sums.grown("leat_store_bytes_total", "op=\"put\"")
                                    + sums.grown("leat_store_bytes_total", "op=\"part\""))
                            / seconds),
            new Column(
                    "store",
                    "put_c",
                    Unit.COUNT,
                    (sums, seconds) -> (sums.grown("leat_store_request_seconds_count", "op=\"put\"")
                                    + sums.grown("leat_store_request_seconds_count", "op=\"part\""))
                            / seconds));

    private static final int WIDTH = 6;

    private StatsTable() {}

    /** Two moments of the counters, by name with labels. */
    record Sums(Map<String, Object> before, Map<String, Object> after) {
        private static double sum(Map<String, Object> samples, String name, String label, String but) {
            double sum = 0;
            for (Map.Entry<String, Object> sample : samples.entrySet()) {
                String key = sample.getKey();
                boolean named = key.equals(name) || key.startsWith(name + "{");
                boolean wanted = key.contains(label) && (but.isEmpty() || !key.contains(but));
                if (named && wanted && sample.getValue() instanceof Number number) {
                    sum += number.doubleValue();
                }
            }
            return sum;
        }

        double now(String name) {
            return sum(after, name, "", "");
        }

        double grown(String name, String label) {
            return sum(after, name, label, "") - sum(before, name, label, "");
        }

        double grownBut(String name, String but) {
            return sum(after, name, "", but) - sum(before, name, "", but);
        }

        /** Mean of a histogram's seconds, in milliseconds. */
        double latency(String name, String label) {
            double count = grown(name + "_count", label);
            return count <= 0 ? 0 : grown(name + "_sum", label) / count * 1e3;
        }
    }

    /** The two lines above the rows. */
    static String header(boolean colors) {
        Map<String, StringBuilder> groups = new LinkedHashMap<>();
        for (Column column : COLUMNS) {
            groups.computeIfAbsent(column.group(), _ -> new StringBuilder())
                    .append(("%" + WIDTH + "s ").formatted(column.name()));
        }
        StringBuilder titles = new StringBuilder();
        StringBuilder names = new StringBuilder();
        groups.forEach((group, columns) -> {
            int width = columns.length() - 1;
            int left = (width - group.length()) / 2;
            String title = "-".repeat(left) + group + "-".repeat(width - left - group.length());
            titles.append(titles.isEmpty() ? "" : " ").append(title);
            names.append(names.isEmpty() ? "" : "|").append(columns, 0, width);
        });
        return colors ? CYAN + titles + PLAIN + "\n" + BOLD + names + PLAIN : titles + "\n" + names;
    }

    /** One row: rates are for each second. */
    static String row(Sums sums, double seconds, boolean colors) {
        StringBuilder row = new StringBuilder();
        String group = COLUMNS.getFirst().group();
        for (Column column : COLUMNS) {
            if (!row.isEmpty()) {
                row.append(column.group().equals(group) ? ' ' : '|');
            }
            group = column.group();
            double value = column.value().applyAsDouble(sums, seconds);
            String text = ("%" + WIDTH + "s").formatted(text(column.unit(), value));
            row.append(colors && value == 0 ? DIM + text + PLAIN : text);
        }
        return row.toString();
    }

    /** The same as a value for each column, in bytes, counts and milliseconds a second. */
    static Map<String, Object> values(Sums sums, double seconds) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Column column : COLUMNS) {
            double value = column.value().applyAsDouble(sums, seconds);
            values.put(column.group() + "_" + column.name(), Math.round(value * 1_000) / 1e3);
        }
        return values;
    }

    private static String text(Unit unit, double value) {
        if (value == 0) {
            return "0";
        }
        return switch (unit) {
            case PERCENT -> String.format(Locale.ROOT, "%.1f%%", value);
            case MILLISECONDS -> String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
            case COUNT -> short10(value);
            case BYTES -> short2(value);
        };
    }

    private static String short10(double value) {
        return value < 10 && value != Math.rint(value)
                ? String.format(Locale.ROOT, "%.1f", value)
                : value < 100_000
                        ? String.format(Locale.ROOT, "%.0f", value)
                        : String.format(Locale.ROOT, "%.1fm", value / 1e6);
    }

    private static String short2(double value) {
        String units = "BKMGTP";
        int unit = 0;
        double rest = value;
        while (rest >= 1000 && unit < units.length() - 1) {
            rest /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, rest < 10 && unit > 0 ? "%.1f%c" : "%.0f%c", rest, units.charAt(unit));
    }
}

package dev.leat.cli.command;

import dev.leat.cli.watch.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

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

    private record Column(String group, String name, Unit unit, ToDoubleFunction<Interval> value) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("usage", "cpu", Unit.PERCENT, i -> i.grown("process_cpu_time_ns_total", "") / 1e7 / i.seconds()),
            new Column("usage", "mem", Unit.BYTES, i -> i.now("leat_process_resident_bytes")),
            new Column("usage", "buf", Unit.BYTES, i -> i.now("leat_buffer_used_bytes")),
            new Column("usage", "unpub", Unit.BYTES, i -> i.now("leat_unpublished_bytes")),
            new Column("fuse", "ops", Unit.COUNT, i -> i.rate("leat_fuse_request_seconds_count", "")),
            new Column("fuse", "lat", Unit.MILLISECONDS, i -> i.latencyMs("leat_fuse_request_seconds", "")),
            new Column("fuse", "read", Unit.BYTES, i -> i.rate("leat_fuse_read_bytes_total", "")),
            new Column("fuse", "write", Unit.BYTES, i -> i.rate("leat_fuse_written_bytes_total", "")),
            new Column(
                    "meta",
                    "ops",
                    Unit.COUNT,
                    i -> i.grownBut("leat_meta_call_seconds_count", "op=\"feed\"") / i.seconds()),
            new Column("meta", "commit", Unit.COUNT, i -> i.rate("leat_meta_commits_total", "")),
            new Column("meta", "lat", Unit.MILLISECONDS, i -> i.latencyMs("leat_meta_call_seconds", "op=\"commit\"")),
            new Column("cache", "hit", Unit.BYTES, i -> i.rate("leat_cache_hit_bytes_total", "")),
            new Column("cache", "miss", Unit.BYTES, i -> i.rate("leat_cache_miss_bytes_total", "")),
            new Column("cache", "fill", Unit.BYTES, i -> i.rate("leat_cache_filled_bytes_total", "")),
            new Column("store", "get", Unit.BYTES, i -> i.rate("leat_store_bytes_total", "op=\"get\"")),
            new Column("store", "get_c", Unit.COUNT, i -> i.rate("leat_store_request_seconds_count", "op=\"get\"")),
            new Column(
                    "store",
                    "put",
                    Unit.BYTES,
                    i -> (i.grown("leat_store_bytes_total", "op=\"put\"")
                                    + i.grown("leat_store_bytes_total", "op=\"part\""))
                            / i.seconds()),
            new Column(
                    "store",
                    "put_c",
                    Unit.COUNT,
                    i -> (i.grown("leat_store_request_seconds_count", "op=\"put\"")
                                    + i.grown("leat_store_request_seconds_count", "op=\"part\""))
                            / i.seconds()));

    private static final int WIDTH = 6;

    private StatsTable() {}

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
    static String row(Interval i, boolean colors) {
        StringBuilder row = new StringBuilder();
        String group = COLUMNS.getFirst().group();
        for (Column column : COLUMNS) {
            if (!row.isEmpty()) {
                row.append(column.group().equals(group) ? ' ' : '|');
            }
            group = column.group();
            double value = column.value().applyAsDouble(i);
            String text = ("%" + WIDTH + "s").formatted(text(column.unit(), value));
            row.append(colors && value == 0 ? DIM + text + PLAIN : text);
        }
        return row.toString();
    }

    /** The same as a value for each column, in bytes, counts and milliseconds a second. */
    static Map<String, Object> values(Interval i) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Column column : COLUMNS) {
            double value = column.value().applyAsDouble(i);
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

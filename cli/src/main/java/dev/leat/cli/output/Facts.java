package dev.leat.cli.output;

import dev.leat.cache.ByteSize;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints what is known of one thing: as JSON, or a name and a value on each line and lists of things as tables below. */
public final class Facts {
    private Facts() {}

    /** A number among facts; 0 if there is none of that name. */
    public static long number(Map<?, ?> facts, String name) {
        return facts.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** Prints {@code facts} in their order. */
    public static void print(PrintStream to, Map<String, ? extends @Nullable Object> facts, boolean json) {
        if (json) {
            to.println(Json.pretty(facts));
            return;
        }
        Map<String, List<Map<?, ?>>> tables = new LinkedHashMap<>();
        facts.forEach((name, value) -> rows(value).ifPresent(rows -> tables.put(name, rows)));
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        facts.forEach((name, value) -> {
            if (!tables.containsKey(name)) {
                to.println(("%-" + width + "s  %s").formatted(name, text(name, value)));
            }
        });
        tables.forEach((name, rows) -> {
            to.println();
            to.println(name + ":");
            to.print(table(rows));
        });
    }

    /** The rows of a list of things; empty if it is something else. */
    private static java.util.Optional<List<Map<?, ?>>> rows(@Nullable Object value) {
        List<Map<?, ?>> rows = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object one : list) {
                if (one instanceof Map<?, ?> row) {
                    rows.add(row);
                }
            }
        }
        return rows.isEmpty() ? java.util.Optional.empty() : java.util.Optional.of(rows);
    }

    private static Table table(List<Map<?, ?>> rows) {
        List<String> titles = new ArrayList<>();
        rows.forEach(row -> row.keySet().stream()
                .map(String::valueOf)
                .filter(title -> !titles.contains(title))
                .forEach(titles::add));
        Table table = new Table(titles.toArray(String[]::new));
        for (Map<?, ?> row : rows) {
            table.row(titles.stream()
                    .map(title -> row.get(title) == null ? "" : String.valueOf(row.get(title)))
                    .toArray(String[]::new));
        }
        return table;
    }

    private static String text(String name, @Nullable Object value) {
        if (value == null || value.equals(List.of()) || value.equals(Map.of())) {
            return "none";
        }
        return name.endsWith("Bytes") && value instanceof Number number && Math.abs(number.longValue()) >= 1024
                ? value + " (" + ByteSize.format(number.longValue()) + ")"
                : String.valueOf(value);
    }
}

package dev.leat.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Rows with columns as wide as their widest cell; the first column is flushed left, the others right. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /** Starts with the titles of the columns. */
    public Table(String... titles) {
        rows.add(List.of(titles));
    }

    /** Adds a row; it may have fewer cells than there are titles. */
    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? row.get(i) + pad : "  " + pad + row.get(i));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}

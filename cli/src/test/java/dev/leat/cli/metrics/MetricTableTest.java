package dev.leat.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Holds the table of metrics in the documentation to the code; {@code -Dleat.docs=write} renews it. */
class MetricTableTest {
    private static final String BEGIN = "<!-- metrics: begin -->\n";
    private static final String END = "<!-- metrics: end -->\n";

    @Test
    void theDocumentationListsAll() throws IOException {
        Path page = page();
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        assertThat(text).contains(BEGIN, END);
        if ("write".equals(System.getProperty("leat.docs"))) {
            Files.writeString(page, text.substring(0, begin) + table() + text.substring(end));
            return;
        }
        assertThat(text.substring(begin, end))
                .as("the table of metrics in " + page)
                .isEqualTo(table());
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| metric | labels | type | meaning |\n|---|---|---|---|\n");
        for (Metric metric : Metric.values()) {
            table.append("| `%s` | %s | %s | %s |\n"
                    .formatted(
                            metric.text(),
                            String.join(", ", metric.labels()),
                            metric.kind().name().toLowerCase(Locale.ROOT),
                            metric.help()));
        }
        return table.toString();
    }

    private static Path page() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            Path page = path.resolve("docs/operations.md");
            if (Files.isRegularFile(page)) {
                return page;
            }
        }
        throw new IllegalStateException(
                "docs/operations.md is not above " + Path.of("").toAbsolutePath());
    }
}

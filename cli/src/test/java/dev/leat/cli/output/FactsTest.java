package dev.leat.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How facts read. */
final class FactsTest {
    @Test
    void factsReadAsWords() {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("medium", "SSD");
        row.put("why", null);
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("volume", "v");
        facts.put("warning", null);
        facts.put("options", Map.of());
        facts.put("warmups", List.of());
        facts.put("usedBytes", 2048L);
        facts.put("tiers", List.of(row));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Facts.print(new PrintStream(out, true, UTF_8), facts, false);
        assertThat(out.toString(UTF_8).lines().map(String::stripTrailing).filter(line -> !line.isEmpty()))
                .containsExactly(
                        "volume     v",
                        "warning    none",
                        "options    none",
                        "warmups    none",
                        "usedBytes  2048 (2KiB)",
                        "tiers:",
                        "medium  why",
                        "SSD");
        assertThat(Facts.number(facts, "usedBytes")).isEqualTo(2048);
        assertThat(Facts.number(facts, "warning")).isZero();
    }
}

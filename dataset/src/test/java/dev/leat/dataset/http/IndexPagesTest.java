package dev.leat.dataset.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages as each server writes them: the same three names on all. */
class IndexPagesTest {
    private static final URI PAGE = URI.create("https://archive.test/dist/spark/");

    private static Map<String, Facts> read(String page) throws IOException {
        byte[] bytes;
        try (InputStream in = Objects.requireNonNull(IndexPagesTest.class.getResourceAsStream("pages/" + page), page)) {
            bytes = in.readAllBytes();
        }
        List<SourceEntry> entries =
                page.endsWith(".json") ? JsonIndex.read(bytes) : HtmlIndex.read(bytes, "UTF-8", PAGE);
        assertThat(entries).as("entries of " + page).isNotNull();
        Map<String, Facts> facts = new LinkedHashMap<>();
        for (SourceEntry entry : entries) {
            assertThat(facts.put(entry.name(), entry.facts()))
                    .as("a second " + entry.name())
                    .isNull();
        }
        return facts;
    }

    private static Facts of(Map<String, Facts> facts, String name) {
        return Objects.requireNonNull(facts.get(name), name);
    }

    @ParameterizedTest
    @CsvSource({
        "apache-table.html, -1, 512, 0, false",
        "apache-pre.html, -1, 512, 0, false",
        "apache-plain.html, -1, -1, -1, false",
        "nginx.html, 192901, 512, 0, false",
        "lighttpd.html, -1, -1, 1, false",
        "caddy.html, 192901, 512, 1, true",
        "nginx.json, 192901, 512, 1, true",
        "caddy.json, 192901, 512, 1, true"
    })
    void pagesOfEachServer(String page, long keysBytes, long textBytes, int second, boolean exact) throws IOException {
        Map<String, Facts> facts = read(page);
        assertThat(facts).containsOnlyKeys("spark-3.5.7", "KEYS", "a b&c.txt");
        assertThat(of(facts, "spark-3.5.7").kind()).isEqualTo(EntryKind.DIRECTORY);
        assertThat(of(facts, "KEYS").kind()).isEqualTo(EntryKind.FILE);
        assertThat(of(facts, "KEYS").sizeBytes()).isEqualTo(keysBytes);
        assertThat(of(facts, "a b&c.txt").sizeBytes()).isEqualTo(textBytes);
        Instant changed = Instant.parse("2026-02-20T18:46:00Z");
        assertThat(of(facts, "spark-3.5.7").modifiedEpochMs() / 1_000)
                .isEqualTo(second < 0 ? 0 : changed.getEpochSecond() + second);
        assertThat(of(facts, "KEYS").modifiedEpochMs())
                .as("to the second and with its zone, or not at all")
                .isEqualTo(exact ? Instant.parse("2026-05-23T08:12:02Z").toEpochMilli() : Facts.UNKNOWN);
        assertThat(of(facts, "KEYS").validator()).isNull();
    }

    @Test
    void linksThatLeadElsewhereAreNoEntries() throws IOException {
        Map<String, Facts> facts = read("odd.html");
        assertThat(facts.keySet())
                .filteredOn(name -> name.indexOf('\uFFFD') < 0)
                .containsExactlyInAnyOrder("KEYS", "a b&c.txt", "spark-3.5.7", "no\0name", "plus+and+plus");
        assertThat(facts.keySet())
                .filteredOn(name -> name.indexOf('\uFFFD') >= 0)
                .hasSize(1);
        assertThat(of(facts, "KEYS").sizeBytes()).as("a size with a comma").isEqualTo(Facts.UNKNOWN);
        assertThat(of(facts, "a b&c.txt").sizeBytes()).isEqualTo(512);
        assertThat(of(facts, "spark-3.5.7").kind()).isEqualTo(EntryKind.DIRECTORY);
    }

    @Test
    void whatIsNoIndexIsRecognised() throws IOException {
        for (String html : List.of(
                "<html><title>Sign in</title><form action=/login></form>",
                "<a href='https://elsewhere.test/'>moved</a>",
                "not HTML at all",
                "")) {
            assertThat(HtmlIndex.read(html.getBytes(StandardCharsets.UTF_8), null, PAGE))
                    .as(html)
                    .isNull();
        }
        String empty = "<title>Index of /dist/spark/</title><a href='../'>../</a>";
        assertThat(HtmlIndex.read(empty.getBytes(StandardCharsets.UTF_8), null, PAGE))
                .isEmpty();
        for (String json :
                List.of("{}", "[1]", "[{\"name\":\"a\"}]", "[{\"name\":\"a\",\"type\":\"file\"", "null", "")) {
            assertThat(JsonIndex.read(json.getBytes(StandardCharsets.UTF_8)))
                    .as(json)
                    .isNull();
        }
        assertThat(JsonIndex.read("[]".getBytes(StandardCharsets.UTF_8))).isEmpty();
    }
}

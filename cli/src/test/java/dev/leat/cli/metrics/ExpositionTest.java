package dev.leat.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of metrics is what Prometheus reads. */
class ExpositionTest {
    /** One sample or two of everything there is, with values that a format could trip over. */
    private static Samples all() {
        Samples samples = new Samples();
        for (Metric metric : Metric.values()) {
            for (String value : List.of("plain", "a \"quoted\" \\ path\nof two lines")) {
                String[] labels = metric.labels().stream().map(_ -> value).toArray(String[]::new);
                if (metric.kind() == Metric.Kind.HISTOGRAM) {
                    samples.histogram(metric, List.of(1_000L, 2_000L), List.of(3L, 0L, 4L), 5_000_000_000L, labels);
                } else {
                    samples.add(metric, metric.kind() == Metric.Kind.INFO ? 1 : 12_345_678_901.0, labels);
                }
                if (labels.length == 0) {
                    break;
                }
            }
        }
        return samples;
    }

    @Test
    void everythingIsWellFormed() {
        try (Exposition exposition = new Exposition(ExpositionTest::all)) {
            Exposition.Page page = exposition.page("text/html, */*");
            assertThat(page.contentType()).startsWith("text/plain; version=0.0.4");
            TextFormat format = TextFormat.parse(page.text());
            assertThat(format.types().keySet())
                    .containsAll(
                            Arrays.stream(Metric.values()).map(Metric::text).toList())
                    .contains("jvm_memory_used_bytes", "jvm_threads_live_threads", "process_cpu_usage");
            assertThat(format.samples())
                    .containsEntry("leat_open_files", 12_345_678_901.0)
                    .containsEntry("leat_fuse_request_seconds_bucket{op=\"plain\",le=\"1.0E-6\"}", 3.0)
                    .containsEntry("leat_fuse_request_seconds_bucket{op=\"plain\",le=\"+Inf\"}", 7.0)
                    .containsEntry("leat_fuse_request_seconds_sum{op=\"plain\"}", 5.0);
        }
    }

    @Test
    void whoAsksForOpenMetricsGetsIt() {
        try (Exposition exposition = new Exposition(ExpositionTest::all)) {
            Exposition.Page page = exposition.page("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1");
            assertThat(page.contentType()).startsWith("application/openmetrics-text");
            assertThat(page.text()).endsWith("# EOF\n");
        }
    }

    @Test
    void linesAreNamesAndValues() {
        try (Exposition exposition = new Exposition(ExpositionTest::all)) {
            assertThat(exposition.values()).containsEntry("leat_open_files", 12_345_678_901L);
            assertThat(exposition.lines())
                    .contains("\nleat_open_files 12345678901\n")
                    .contains("leat_fuse_request_seconds_count{op=\"plain\"} 7\n")
                    .doesNotContain("#", "_bucket");
        }
    }

    @Test
    void namesSayTypeAndUnit() {
        for (Metric metric : Metric.values()) {
            String name = metric.text();
            assertThat(name).matches("leat(_[a-z]+)+");
            assertThat(name.endsWith("_total")).as(name).isEqualTo(metric.kind() == Metric.Kind.COUNTER);
            assertThat(name.endsWith("_info")).as(name).isEqualTo(metric.kind() == Metric.Kind.INFO);
            assertThat(metric.help()).as("help of " + name).endsWith(".").doesNotContain("\n");
            assertThat(metric.labels()).as("labels of " + name).doesNotHaveDuplicates();
        }
        assertThat(Arrays.stream(Metric.values()).map(Metric::text)).doesNotHaveDuplicates();
    }

    @Test
    void theReaderIsStrict() {
        String family = "# HELP a_total Help.\n# TYPE a_total counter\n";
        TextFormat.parse(family + "a_total{b=\"c\"} 1.0\n");
        for (String bad : List.of(
                "a_total 1.0\n",
                family + "a_total 1.0",
                family + "a_total 1.0\na_total 2.0\n",
                family + "b_total 1.0\n",
                family + "a_total{b=c} 1.0\n",
                family + "a_total{b=\"c\",b=\"d\"} 1.0\n",
                family + "a_total x\n",
                family + family)) {
            assertThatThrownBy(() -> TextFormat.parse(bad)).as(bad).isInstanceOf(AssertionError.class);
        }
    }
}

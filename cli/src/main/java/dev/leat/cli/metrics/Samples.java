package dev.leat.cli.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of metrics at one moment, gathered when somebody asks: what is counted all the time are plain counters elsewhere. */
public final class Samples {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<Metric, List<Sample>> samples = new EnumMap<>(Metric.class);

    private sealed interface Sample {
        Labels labels();

        record Plain(Labels labels, double value) implements Sample {}

        record Buckets(Labels labels, ClassicHistogramBuckets buckets, double sum) implements Sample {}
    }

    /** Adds a value; {@code labelValues} in the order of {@link Metric#labels}. */
    public void add(Metric metric, double value, String... labelValues) {
        if (metric.kind() == Metric.Kind.HISTOGRAM) {
            throw new IllegalArgumentException(metric + " is a histogram");
        }
        put(metric, new Sample.Plain(labels(metric, labelValues), value));
    }

    /** Adds a count. Doubles hold it exactly up to 2^53. */
    public void add(Metric metric, long value, String... labelValues) {
        add(metric, (double) value, labelValues);
    }

    /** Adds the fact that the labels of an INFO tell. */
    public void info(Metric metric, String... labelValues) {
        add(metric, 1, labelValues);
    }

    /**
     * Adds a histogram of durations.
     *
     * @param boundsNanos upper bounds of the buckets in nanoseconds, ascending
     * @param counts durations in each bucket, not added up, and one count for longer ones
     * @param totalNanos sum of all
     */
    public void histogram(
            Metric metric, List<Long> boundsNanos, List<Long> counts, long totalNanos, String... labelValues) {
        if (metric.kind() != Metric.Kind.HISTOGRAM || counts.size() != boundsNanos.size() + 1) {
            throw new IllegalArgumentException(metric + " with " + counts.size() + " counts");
        }
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < boundsNanos.size(); i++) {
            buckets.bucket(boundsNanos.get(i) / NANOS_PER_SECOND, counts.get(i));
        }
        buckets.bucket(Double.POSITIVE_INFINITY, counts.getLast());
        put(metric, new Sample.Buckets(labels(metric, labelValues), buckets.build(), totalNanos / NANOS_PER_SECOND));
    }

    private void put(Metric metric, Sample sample) {
        samples.computeIfAbsent(metric, _ -> new ArrayList<>()).add(sample);
    }

    private static Labels labels(Metric metric, String[] values) {
        return Labels.of(metric.labels().toArray(String[]::new), values);
    }

    /** Values by name with labels as {@code leat stats} shows them: of a histogram its count and its sum. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        samples.forEach((metric, list) -> list.forEach(sample -> {
            String labels = labels(sample.labels());
            switch (sample) {
                case Sample.Plain(Labels _, double value) -> values.put(metric.text() + labels, value);
                case Sample.Buckets(Labels _, ClassicHistogramBuckets buckets, double sum) -> {
                    long count = 0;
                    for (int i = 0; i < buckets.size(); i++) {
                        count += buckets.getCount(i);
                    }
                    values.put(metric.text() + "_count" + labels, count);
                    values.put(metric.text() + "_sum" + labels, sum);
                }
            }
        }));
        return values;
    }

    private static String labels(Labels labels) {
        if (labels.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        labels.forEach(label -> text.append(text.isEmpty() ? '{' : ',')
                .append(label.getName())
                .append("=\"")
                .append(label.getValue())
                .append('"'));
        return text.append('}').toString();
    }

    /** As the exposition wants them. */
    MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        samples.forEach((metric, list) -> all.add(snapshot(metric, list)));
        return new MetricSnapshots(all);
    }

    private static MetricSnapshot snapshot(Metric metric, List<Sample> list) {
        return switch (metric.kind()) {
            case COUNTER -> {
                CounterSnapshot.Builder counter =
                        CounterSnapshot.builder().name(base(metric, "_total")).help(metric.help());
                for (Sample sample : list) {
                    counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                            .labels(sample.labels())
                            .value(value(sample))
                            .build());
                }
                yield counter.build();
            }
            case GAUGE -> {
                GaugeSnapshot.Builder gauge =
                        GaugeSnapshot.builder().name(metric.text()).help(metric.help());
                for (Sample sample : list) {
                    gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(sample.labels())
                            .value(value(sample))
                            .build());
                }
                yield gauge.build();
            }
            case INFO -> {
                InfoSnapshot.Builder info =
                        InfoSnapshot.builder().name(base(metric, "_info")).help(metric.help());
                list.forEach(sample -> info.dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(sample.labels())
                        .build()));
                yield info.build();
            }
            case HISTOGRAM -> histogram(metric, list);
        };
    }

    private static MetricSnapshot histogram(Metric metric, List<Sample> list) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder().name(metric.text()).help(metric.help());
        for (Sample sample : list) {
            if (sample instanceof Sample.Buckets(Labels labels, ClassicHistogramBuckets buckets, double sum)) {
                histogram.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(buckets)
                        .sum(sum)
                        .build());
            }
        }
        return histogram.build();
    }

    private static double value(Sample sample) {
        return sample instanceof Sample.Plain(Labels _, double value) ? value : 0;
    }

    private static String base(Metric metric, String suffix) {
        String text = metric.text();
        if (!text.endsWith(suffix)) {
            throw new IllegalStateException(text + " must end in " + suffix);
        }
        return text.substring(0, text.length() - suffix.length());
    }
}

package dev.leat.cli.metrics;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A mount's metrics as text: its own, sampled now, and those of the JVM and the process under the names that Micrometer
 * gives them everywhere. Nothing is counted here: the read path has plain counters, and its histograms are arrays of them.
 */
public final class Exposition implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";

    /** Up to here doubles hold every whole number. */
    private static final double EXACT_MAX = 1L << 53;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();

    /** A page in a format. */
    public record Page(String contentType, String text) {}

    /** Exposes what {@code source} samples whenever it is asked. */
    public Exposition(Supplier<Samples> source) {
        MultiCollector collector = () -> source.get().snapshots();
        registry.getPrometheusRegistry().register(collector);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
    }

    /** Everything, in the newest format that {@code accept}, the header of a request, allows. */
    public Page page(String accept) {
        if (accept.contains(OPEN_METRICS)) {
            String contentType = OPEN_METRICS + "; version=1.0.0; charset=utf-8";
            return new Page(contentType, registry.scrape(contentType));
        }
        return new Page(TEXT, registry.scrape(TEXT));
    }

    /** Values by name with labels, without the buckets of histograms; whole numbers are {@link Long}s, others {@link Double}s. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        registry.scrape(TEXT).lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            String name = line.substring(0, space);
            int end = name.indexOf('{');
            if (!(end < 0 ? name : name.substring(0, end)).endsWith("_bucket")) {
                values.put(name, number(line.substring(space + 1)));
            }
        });
        return values;
    }

    private static Object number(String text) {
        if (text.equals("+Inf") || text.equals("-Inf")) {
            return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        double value = Double.parseDouble(text);
        boolean whole = value == Math.rint(value) && Math.abs(value) < EXACT_MAX;
        return whole ? (Object) (long) value : (Object) value;
    }

    /** A name with labels and a value on each line, without the buckets of histograms: for people and scripts. */
    public String lines() {
        StringBuilder lines = new StringBuilder();
        values().forEach((name, value) ->
                lines.append(name).append(' ').append(value).append('\n'));
        return lines.toString();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}

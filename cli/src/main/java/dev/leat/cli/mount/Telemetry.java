package dev.leat.cli.mount;

import dev.leat.cli.metrics.Exposition;
import dev.leat.cli.metrics.Samples;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The metrics of a mount as text. The machinery for that is set up when somebody first asks. */
public final class Telemetry implements AutoCloseable {
    private final Supplier<Samples> metrics;
    private final Minute minute;
    private @Nullable Exposition exposition; // guarded by this

    /** Of what {@code metrics} samples when somebody asks. */
    public Telemetry(Supplier<Samples> metrics) {
        this.metrics = metrics;
        this.minute = new Minute(() -> metrics.get().values());
    }

    /** The counters now and a minute ago. */
    Map<String, Object> minute() {
        return minute.facts();
    }

    /** The machinery. */
    public synchronized Exposition exposition() {
        Exposition made = exposition;
        if (made == null) {
            made = new Exposition(metrics);
            exposition = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        minute.close();
        if (exposition != null) {
            exposition.close();
        }
    }
}

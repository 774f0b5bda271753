package dev.leat.meta.fs;

import java.time.Duration;

/** What others change, as it happens. */
public interface Feed extends AutoCloseable {
    /** Sets who hears of it. */
    void listen(ChangeListener listener);

    /** Whether everything until just now was heard of. */
    boolean fresh();

    /** How long ago the engine last answered; what was committed since then is not heard of. */
    Duration silence();

    @Override
    void close();
}

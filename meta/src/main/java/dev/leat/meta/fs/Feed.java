package dev.leat.meta.fs;

import java.time.Duration;

/** What others change, as it happens. */
public interface Feed extends AutoCloseable {
    /** Sets who hears of it. */
    void listen(ChangeListener listener);

    /** Whether everything until just now was heard of. */
    boolean fresh();

    /**
     * Whether nothing at all was committed that was not heard of, so that what is sure is so at this very moment. Cheap; engines that are
     * not on this host always say no.
     */
    boolean current();

    /** How long ago the engine last answered; what was committed since then is not heard of. */
    Duration silence();

    @Override
    void close();
}

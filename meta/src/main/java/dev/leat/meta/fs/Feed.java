package dev.leat.meta.fs;

/** What others change, as it happens. */
public interface Feed extends AutoCloseable {
    /** Sets who hears of it. */
    void listen(ChangeListener listener);

    /** Whether everything until just now was heard of. */
    boolean fresh();

    @Override
    void close();
}

package dev.leat.cli.mount;

/** A mount that this process serves. */
public interface Mounted extends AutoCloseable {
    /** One line for the user. */
    String announcement();

    /** Blocks until the session ends, by umount or a signal. */
    void awaitEnd() throws InterruptedException;

    @Override
    void close();
}

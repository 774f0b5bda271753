package dev.leat.fuse.session;

import dev.leat.sys.Errno;
import java.io.IOException;

/** An answer that is an error number. It is an ordinary outcome, so it carries no stack trace. */
public final class FuseException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** The answer {@code errno}. */
    public FuseException(Errno errno) {
        super(errno.name());
        this.errno = errno;
    }

    /** The number that the caller of the system call sees. */
    public Errno errno() {
        return errno;
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // Touches no state.
    public Throwable fillInStackTrace() {
        return this;
    }
}

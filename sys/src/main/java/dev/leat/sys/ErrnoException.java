package dev.leat.sys;

import java.io.IOException;

/** A system call that failed, with its error number. The message reads {@code call(what): ENAME}. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** A failure of {@code call}, e.g. {@code open(/a/b)}. */
    public ErrnoException(Errno errno, String call) {
        super(call + ": " + errno);
        this.errno = errno;
    }

    /** The error that the system call returned. */
    public Errno errno() {
        return errno;
    }
}

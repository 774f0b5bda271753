package dev.leat.meta.fs;

import dev.leat.sys.Errno;
import java.io.IOException;

/** A file system operation that ends with an error number. Without a stack trace: most are answers, not accidents. */
public final class FsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    public FsException(Errno errno, String message) {
        super(message);
        this.errno = errno;
    }

    public FsException(Errno errno) {
        this(errno, errno.name());
    }

    /** An accident behind an error number, kept as the cause for the log. */
    public FsException(Errno errno, String message, Throwable cause) {
        super(message, cause);
        this.errno = errno;
    }

    /** What the caller of the system call gets. */
    public Errno errno() {
        return errno;
    }

    /** Whether what was asked about is not there, or not any more: {@code ENOENT} or {@code ESTALE}. */
    public boolean isGone() {
        return errno == Errno.ENOENT || errno == Errno.ESTALE;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}

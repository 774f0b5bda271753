package dev.leat.fuse.mount;

import java.io.IOException;

/** A mount or unmount that did not work. The message says what, where and how to mend it. */
public final class MountException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Says what cannot be mounted, why, and how to mend it. */
    public MountException(String message) {
        super(message);
    }

    /** Says so, with the failure that it came from. */
    public MountException(String message, Throwable cause) {
        super(message, cause);
    }
}

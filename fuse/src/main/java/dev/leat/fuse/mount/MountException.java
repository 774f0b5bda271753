package dev.leat.fuse.mount;

import java.io.IOException;

/** A mount or unmount that did not work. The message says what, where and how to mend it. */
public final class MountException extends IOException {
    private static final long serialVersionUID = 1L;

    MountException(String message) {
        super(message);
    }

    MountException(String message, Throwable cause) {
        super(message, cause);
    }
}

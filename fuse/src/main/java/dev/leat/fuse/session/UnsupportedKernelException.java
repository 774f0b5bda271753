package dev.leat.fuse.session;

import java.io.IOException;

/** The kernel's FUSE is too old. The message says what is needed. */
public final class UnsupportedKernelException extends IOException {
    private static final long serialVersionUID = 1L;

    UnsupportedKernelException(String message) {
        super(message);
    }
}

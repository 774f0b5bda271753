package dev.leat.worker.wire;

import java.io.IOException;

/** The other end does not speak the protocol, or what came from it is damaged. The connection is of no use any more. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean damaged;

    private ProtocolException(String message, boolean damaged) {
        super(message);
        this.damaged = damaged;
    }

    static ProtocolException violated(String message) {
        return new ProtocolException(message, false);
    }

    static ProtocolException damaged(String message) {
        return new ProtocolException(message, true);
    }

    /** Whether bytes did not have their checksum. */
    public boolean isDamaged() {
        return damaged;
    }
}

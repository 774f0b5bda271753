package dev.leat.worker.wire;

import org.jspecify.annotations.Nullable;

/** What a worker answers. The numbers are part of the protocol. */
public enum Status {
    /** The bytes follow. */
    OK(0),
    /** The bytes are on their way to the worker: another answer follows. */
    PROGRESS(1),
    /** More is asked of the worker at present than its limits allow. */
    BUSY(2),
    /** The worker is about to end. */
    DRAINING(3),
    /** The client does not know the worker's token. */
    DENIED(4),
    /** The two ends speak no common version. */
    VERSION(5),
    /** The worker serves no such source. */
    UNKNOWN_SOURCE(6),
    /** The request makes no sense. */
    BAD_REQUEST(7),
    /** The source did not give the bytes. */
    SOURCE_FAILED(8);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /** Its number. */
    public int code() {
        return code;
    }

    static @Nullable Status of(int code) {
        for (Status status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return null;
    }
}

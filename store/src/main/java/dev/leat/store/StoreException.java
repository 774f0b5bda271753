package dev.leat.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request that a store refused or could not carry out. The message is one line: what, where, how to mend it. */
public final class StoreException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What a caller can do about a failure. */
    public enum Kind {
        /** No such object, upload or bucket. */
        NOT_FOUND(false),
        /** A condition did not hold: somebody else was first, or the object changed. */
        PRECONDITION_FAILED(false),
        /** Wrong, missing or expired credentials, or no permission. */
        DENIED(false),
        /** A request that can never succeed: bad key, range beyond the end, too large. */
        INVALID(false),
        /** The store has no room left. */
        FULL(false),
        /** The store asks for fewer requests. */
        THROTTLED(true),
        /** Unreachable, reset, timed out, or an internal error of the store. */
        UNAVAILABLE(true),
        /** The bytes or their checksum are not what the store announced. */
        CORRUPT(true);

        private final boolean retryable;

        Kind(boolean retryable) {
            this.retryable = retryable;
        }

        /** Whether the same request may succeed later. */
        public boolean retryable() {
            return retryable;
        }
    }

    private final Kind kind;

    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message) {
        this(kind, message, null);
    }

    /** What a caller can do about it. */
    public Kind kind() {
        return kind;
    }
}

package dev.leat.meta.engine;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A metadata engine could not do what it was asked. The message is one line: what, where, how to mend it. */
public final class MetaException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What a caller can do about it. */
    public enum Kind {
        /** Unreachable, failing over or too slow; the call may or may not have taken effect. Send the same again. */
        UNAVAILABLE,
        /** There is no volume here. */
        NOT_FOUND,
        /** Something is here already. */
        EXISTS,
        /** Wrong credentials or missing rights. */
        DENIED,
        /** Belongs to another program, or to a version of Leat that this one cannot read. */
        FOREIGN,
        /** What is stored contradicts itself. */
        CORRUPT,
        /** No room left. */
        FULL,
        /** A mistake in the call: the URL, an option, a limit. */
        INVALID
    }

    private final Kind kind;

    public MetaException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public MetaException(Kind kind, String message) {
        this(kind, message, null);
    }

    /** What a caller can do about it. */
    public Kind kind() {
        return kind;
    }
}

package dev.leat.meta.session;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.FsException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Stands behind the error of a commit that may have taken effect all the same: whoever sees its stamp on a record knows that it has. */
public final class CommitInDoubtException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Stamp stamp;

    CommitInDoubtException(Stamp stamp, FsException cause) {
        super(cause.getMessage(), cause);
        this.stamp = stamp;
    }

    /** The stamp of what the commit behind an error writes if it takes effect; null if it never will. */
    public static @Nullable Stamp stampOf(FsException e) {
        return e.getCause() instanceof CommitInDoubtException doubt ? doubt.stamp : null;
    }
}

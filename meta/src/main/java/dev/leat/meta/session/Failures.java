package dev.leat.meta.session;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;

/** What a failure of the engine is to the caller of a system call. */
public final class Failures {
    private Failures() {}

    /** The error number for a failure of the engine. */
    public static FsException of(MetaException e) {
        Errno errno =
                switch (e.kind()) {
                    case FULL -> Errno.ENOSPC;
                    case UNAVAILABLE, NOT_FOUND, EXISTS, DENIED, FOREIGN, CORRUPT, INVALID -> Errno.EIO;
                };
        return new FsException(errno, String.valueOf(e.getMessage()), e);
    }

    /** The answer when the deadline of a request has passed. */
    public static FsException late(String what, MetaException cause) {
        return new FsException(
                Errno.EIO, what + " is not possible before the request's deadline: " + cause.getMessage(), cause);
    }
}

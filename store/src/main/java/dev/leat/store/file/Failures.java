package dev.leat.store.file;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says what a failed file operation means to the user of a store. */
final class Failures {
    private Failures() {}

    /**
     * The store failure behind a file failure.
     *
     * @param doing what was tried, such as {@code read 'key'}
     */
    static StoreException of(IOException cause, String doing, Path root) {
        if (cause instanceof StoreException known) {
            return known;
        }
        String where = "cannot " + doing + " in " + root + ": ";
        String reason = reason(cause);
        return switch (cause) {
            case NoSuchFileException _ -> new StoreException(Kind.NOT_FOUND, where + "no such object", cause);
            case AccessDeniedException _ ->
                new StoreException(
                        Kind.DENIED, where + "permission denied; check owner and mode of the directory", cause);
            case ClosedByInterruptException _ ->
                new StoreException(Kind.UNAVAILABLE, where + "the calling thread was interrupted", cause);
            default -> byReason(where, reason, cause);
        };
    }

    private static StoreException byReason(String where, String reason, IOException cause) {
        if (isFull(reason)) {
            return new StoreException(
                    Kind.FULL, where + reason + "; free some space or raise the quota of its file system", cause);
        } else if (reason.contains("Read-only file system") || reason.contains("Operation not permitted")) {
            return new StoreException(Kind.DENIED, where + reason + "; mount it writable or use another", cause);
        } else if (reason.contains("File name too long")) {
            return new StoreException(
                    Kind.INVALID, where + "a directory holds names of at most 255 bytes between slashes", cause);
        } else if (reason.contains("File too large")) {
            return new StoreException(Kind.INVALID, where + "larger than its file system allows", cause);
        } else if (isObjectAsDirectory(cause)) {
            return new StoreException(Kind.NOT_FOUND, where + "no such object", cause);
        }
        return new StoreException(Kind.UNAVAILABLE, where + reason, cause);
    }

    /** Whether a part of the path that should be a directory is an object. */
    static boolean isObjectAsDirectory(IOException cause) {
        return reason(cause).contains("Not a directory");
    }

    /** Whether a file should be placed where a directory is. */
    static boolean isDirectoryInTheWay(IOException cause) {
        return cause instanceof DirectoryNotEmptyException
                || reason(cause).contains("Is a directory")
                || reason(cause).contains("Directory not empty");
    }

    /** Whether the file system cannot do what was asked at all. */
    static boolean isUnsupported(IOException cause) {
        String reason = reason(cause);
        return reason.contains("not supported")
                || reason.contains("Operation not permitted")
                || reason.contains("Invalid argument")
                || reason.contains("No locks available")
                || reason.contains("Function not implemented");
    }

    private static boolean isFull(String reason) {
        return reason.contains("No space left on device") || reason.contains("quota exceeded");
    }

    /** What the kernel said, without the path. */
    private static String reason(IOException cause) {
        String reason = cause instanceof FileSystemException at ? at.getReason() : cause.getMessage();
        return reason == null ? cause.getClass().getSimpleName() : reason;
    }
}

package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Says SQLite's result codes (https://sqlite.org/rescode.html) in the contract's words. */
final class SqliteErrors {
    private static final int ERROR = 1;
    private static final int PERM = 3;
    private static final int BUSY = 5;
    private static final int LOCKED = 6;
    private static final int READONLY = 8;
    private static final int IOERR = 10;
    private static final int CORRUPT = 11;
    private static final int FULL = 13;
    private static final int CANTOPEN = 14;
    private static final int NOTADB = 26;

    /** Below this the file system is as good as full: SQLite reports a failed extension of its index as a plain I/O error. */
    private static final long NO_ROOM_BYTES = 256 << 10;

    private SqliteErrors() {}

    /** Whether another connection holds the lock that was wanted. */
    static boolean isBusy(SQLException e) {
        int code = e.getErrorCode() & 0xff;
        return code == BUSY || code == LOCKED;
    }

    /** What the caller of the engine is told. */
    static MetaException translate(Path file, SQLException e) {
        return switch (e.getErrorCode() & 0xff) {
            case BUSY, LOCKED ->
                new MetaException(Kind.UNAVAILABLE, file + " is locked by another process for too long; try again", e);
            case PERM, READONLY ->
                new MetaException(Kind.DENIED, "may not write " + file + "; mend its owner, mode or mount options", e);
            case CORRUPT, NOTADB -> corrupt(file, e);
            case FULL -> full(file, e);
            case IOERR ->
                isFull(file)
                        ? full(file, e)
                        : new MetaException(Kind.UNAVAILABLE, "I/O error on " + file + detail(e), e);
            case CANTOPEN ->
                isFull(file)
                        ? full(file, e)
                        : new MetaException(
                                Kind.DENIED, "cannot open " + file + " or its -wal and -shm files beside it", e);
            case ERROR -> new MetaException(Kind.CORRUPT, file + " lacks what every volume has" + detail(e), e);
            default -> new MetaException(Kind.UNAVAILABLE, "SQLite failed on " + file + detail(e), e);
        };
    }

    static MetaException corrupt(Path file, @Nullable Throwable cause) {
        return new MetaException(
                Kind.CORRUPT,
                file + " is not a sound SQLite database; restore it from a metadata dump with 'leat load'",
                cause);
    }

    static MetaException full(Path file, @Nullable Throwable cause) {
        return new MetaException(
                Kind.FULL, "no room left on the file system of " + file + "; free some, nothing was written", cause);
    }

    private static boolean isFull(Path file) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            return parent != null && Files.getFileStore(parent).getUsableSpace() < NO_ROOM_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    private static String detail(SQLException e) {
        String message = e.getMessage();
        return message == null ? "" : ": " + message.lines().findFirst().orElse("");
    }
}

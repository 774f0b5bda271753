package dev.leat.meta.engine.postgres;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.io.IOException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in one line what a server or the network answered, where, and how to mend it. */
final class PostgresErrors {
    /** What the functions of the schema raise for a value that is no cell. */
    private static final String NO_CELL = "LE001";

    private final PostgresConfig config;
    private final String where;

    PostgresErrors(PostgresConfig config) {
        this.config = config;
        this.where = "PostgreSQL at " + config.hosts();
    }

    /** Whether the same statement may just be sent again: it was rolled back in favour of another. */
    static boolean rolledBack(SQLException e) {
        return "40001".equals(e.getSQLState()) || "40P01".equals(e.getSQLState());
    }

    MetaException of(SQLException e) {
        SQLException root = root(e);
        String state = root.getSQLState() == null ? "" : root.getSQLState();
        String text = line(root);
        return switch (state) {
            case "28P01", "28000" ->
                error(Kind.DENIED, " refused the login: " + text + "; check user, password and pg_hba.conf", e);
            case "42501" ->
                error(Kind.DENIED, " denies a right: " + text + "; grant it to the user of " + config.location(), e);
            case "3D000" ->
                error(
                        Kind.NOT_FOUND,
                        " has no database '" + config.database() + "'; make it with createdb " + config.database(),
                        e);
            case "42P01", "42883", "3F000" -> absent(e);
            case "53100" -> error(Kind.FULL, " has no disk space left; free some there", e);
            case "53300" -> error(Kind.UNAVAILABLE, " has no connection left; raise its max_connections", e);
            case "53200" ->
                error(
                        Kind.UNAVAILABLE,
                        " is out of memory or locks: " + text + "; raise its max_locks_per_transaction",
                        e);
            case "57014" -> error(Kind.UNAVAILABLE, " did not end a statement in time", e);
            case "25006" ->
                error(Kind.UNAVAILABLE, " is read-only, perhaps a standby; wait for the failover to end", e);
            case NO_CELL ->
                new MetaException(Kind.CORRUPT, "a value in " + config.location() + " is no cell of numbers", e);
            default -> byClass(state, text, root, e);
        };
    }

    private MetaException byClass(String state, String text, SQLException root, SQLException e) {
        String kind = state.length() >= 2 ? state.substring(0, 2) : "";
        return switch (kind) {
            case "08", "" -> connection(text, root, e);
            case "57", "40", "53", "55" -> error(Kind.UNAVAILABLE, " cannot serve now: " + text, e);
            case "XX" -> error(Kind.CORRUPT, " reports damage: " + text, e);
            default -> error(Kind.CORRUPT, " answered with an error: " + text + " (" + state + ")", e);
        };
    }

    private MetaException connection(String text, SQLException root, SQLException e) {
        for (Throwable at = root; at != null; at = at.getCause()) {
            if (at instanceof SSLException) {
                return error(
                        Kind.INVALID,
                        ": no TLS: " + line(at) + "; check sslmode, and sslrootcert for the CA's certificate",
                        e);
            }
            if (at instanceof UnknownHostException) {
                return error(Kind.UNAVAILABLE, ": no address for the host; check its name and the DNS", e);
            }
        }
        if (text.contains("authentication")) {
            return error(Kind.DENIED, " refused the login: " + text + "; check user and password", e);
        }
        if (text.contains("SSL")) {
            return error(Kind.INVALID, ": " + text + "; check sslmode, and sslrootcert for the CA's certificate", e);
        }
        return error(
                Kind.UNAVAILABLE,
                " cannot be reached: " + text.replaceAll("\\s*Check that the hostname.*", "")
                        + "; check that it runs and that host and port are right",
                e);
    }

    MetaException absent(@Nullable SQLException e) {
        return new MetaException(
                Kind.NOT_FOUND,
                "there is no volume at " + config.location()
                        + "; check database and schema, or make one with `leat format`",
                e);
    }

    private MetaException error(Kind kind, String text, SQLException e) {
        return new MetaException(kind, where + text, e);
    }

    /** What is behind the pool's own exception. */
    private static SQLException root(SQLException e) {
        SQLException root = e;
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql && sql.getSQLState() != null) {
                root = sql;
            } else if (at instanceof IOException) {
                break;
            }
        }
        return root;
    }

    private static String line(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}

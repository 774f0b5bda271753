package dev.leat.meta.engine.postgres;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Makes, recognises and drops a volume's tables and functions. */
final class PostgresSchema {
    /** Version of the tables, of the functions and of how keys are hashed to locks. */
    private static final int LAYOUT = 1;

    /** The first with 64-bit transaction ids in SQL. */
    private static final int SERVER_MIN = 13;

    private static final int DATABASE_LOCK = 0x6c656174; // "leat"

    private final PostgresConfig config;
    private final PostgresErrors errors;

    PostgresSchema(PostgresConfig config, PostgresErrors errors) {
        this.config = config;
        this.errors = errors;
    }

    /** Makes the tables if there are none and {@code mode} says so; refuses what this version cannot read. */
    void open(Connection connection, OpenMode mode) throws SQLException, MetaException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < SERVER_MIN) {
            throw new MetaException(
                    Kind.INVALID,
                    "PostgreSQL at " + config.hosts() + " is version " + version + ", but 13 or newer is needed");
        }
        if (!exists(connection)) {
            requireNoJuiceFs(connection);
            if (mode == OpenMode.EXISTING) {
                throw errors.absent(null);
            }
            make(connection);
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT layout FROM " + config.schema() + ".volume")) {
            int layout = row.next() ? row.getInt(1) : 0;
            if (layout != LAYOUT) {
                throw new MetaException(
                        Kind.FOREIGN,
                        config.location() + " has layout " + layout + ", this version of Leat knows " + LAYOUT
                                + "; use a newer Leat");
            }
        }
    }

    private boolean exists(Connection connection) throws SQLException {
        return relation(connection, config.schema(), "volume") && relation(connection, config.schema(), "entry");
    }

    private static boolean relation(Connection connection, @Nullable String schema, String name) throws SQLException {
        String sql = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relname = ? AND c.relkind IN ('r', 'p')" + (schema == null ? "" : " AND n.nspname = ?");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            if (schema != null) {
                statement.setString(2, schema);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private void requireNoJuiceFs(Connection connection) throws SQLException, MetaException {
        if (relation(connection, null, "jfs_setting")) {
            throw new MetaException(
                    Kind.FOREIGN,
                    config.location() + " holds a JuiceFS volume (its table jfs_setting); give another database");
        }
    }

    private void make(Connection connection) throws SQLException, MetaException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // One at a time: CREATE SCHEMA IF NOT EXISTS by two at once fails for one of them.
            statement.execute("SELECT pg_advisory_xact_lock(" + DATABASE_LOCK + ")");
            if (!exists(connection)) {
                boolean schemaThere = schemaExists(connection);
                if (!schemaThere) {
                    statement.execute("CREATE SCHEMA " + config.schema());
                }
                statement.execute(script().replace("${schema}", config.schema()));
                statement.execute("INSERT INTO " + config.schema() + ".volume (layout, made_schema, trimmed) VALUES ("
                        + LAYOUT + ", " + !schemaThere + ", 0)");
                statement.execute("SET LOCAL synchronous_commit = on");
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private boolean schemaExists(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT 1 FROM pg_namespace WHERE nspname = ?")) {
            statement.setString(1, config.schema());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static String script() {
        try (InputStream in = PostgresSchema.class.getResourceAsStream("schema.sql")) {
            if (in == null) {
                throw new IllegalStateException("schema.sql is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Drops what was made: the whole schema if it was made for the volume, else only the volume's own. */
    void drop(Connection connection) throws SQLException {
        String schema = config.schema();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            boolean all;
            try (ResultSet row = statement.executeQuery("SELECT made_schema FROM " + schema + ".volume")) {
                all = row.next() && row.getBoolean(1) && !hasOthers(connection);
            }
            if (all) {
                statement.execute("DROP SCHEMA " + schema + " CASCADE");
            } else {
                statement.execute("DROP FUNCTION " + schema + ".commit, " + schema + ".trim, " + schema + ".merged");
                statement.execute("DROP TABLE " + schema + ".entry, " + schema + ".feed, " + schema + ".run, " + schema
                        + ".volume");
            }
            statement.execute("SET LOCAL synchronous_commit = on");
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** Whether somebody else has put a table into the schema meanwhile. */
    private boolean hasOthers(Connection connection) throws SQLException {
        String sql = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ?"
                + " AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname NOT IN ('entry', 'feed', 'run', 'volume')";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, config.schema());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }
}

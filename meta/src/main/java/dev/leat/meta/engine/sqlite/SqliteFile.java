package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/** Finds out what lies at a path before a volume is opened there, and makes the tables of a new one. */
final class SqliteFile {
    /** Where SQLite's native library is unpacked to; needed where {@code /tmp} is mounted noexec. */
    static final String NATIVE_DIR_PROPERTY = "leat.native.dir";

    /** "LEAT", in the field of SQLite's header that says whose file it is. */
    private static final long APPLICATION_ID = 0x4c454154;

    /** The tables' version; another one needs another Leat. */
    private static final long SCHEMA_VERSION = 1;

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    /** File systems whose clients share no memory, which SQLite's log index needs to be shared by all that open the file. */
    private static final Set<String> REMOTE =
            Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "lustre", "glusterfs", "beegfs", "gpfs", "afs");

    /** How long others may be in the way of opening: as long as SQLite itself waits for them where it does. */
    private static final long OPEN_NANOS = TimeUnit.MILLISECONDS.toNanos(SqliteLink.BUSY_TIMEOUT_MS);

    private static final long OPEN_PAUSE_NANOS = 5_000_000;

    private SqliteFile() {}

    /**
     * What is known of the place of a file.
     *
     * @param durable whether what is forced to it survives a power loss
     * @param warning one line for the user, or null
     */
    record Place(boolean durable, @Nullable String warning) {}

    /** Makes sure that there is a volume's file at a path. */
    static Place prepare(Path file, OpenMode mode) throws MetaException {
        loadNative();
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || Files.isDirectory(file)) {
            throw new MetaException(Kind.INVALID, file + " is a directory; name a file such as " + file + "/volume.db");
        }
        if (!Files.isDirectory(directory)) {
            throw new MetaException(
                    Kind.NOT_FOUND, "cannot open " + file + ": its directory does not exist; make it first");
        }
        Place place = place(directory);
        boolean made = mode == OpenMode.CREATE && create(file);
        try {
            if (!made) {
                inspect(file, mode);
            }
            openTables(file, mode);
            return place;
        } catch (MetaException e) {
            // What hinders us for the moment only does not hinder others who found our file, and may be using it by
            // now.
            if (made && e.kind() != Kind.UNAVAILABLE) {
                delete(file);
            }
            throw e;
        }
    }

    /** Removes a file with its log and the log's index. */
    static void delete(Path file) throws MetaException {
        try {
            // The file goes last: without it the others mean nothing, with it alone a crash between is found again.
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-shm"));
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-wal"));
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new MetaException(Kind.DENIED, "cannot remove " + file + ": " + e.getMessage(), e);
        }
    }

    private static void loadNative() throws MetaException {
        String directory = System.getProperty(NATIVE_DIR_PROPERTY);
        if (directory != null && System.getProperty("org.sqlite.tmpdir") == null) {
            System.setProperty("org.sqlite.tmpdir", directory);
        }
        try {
            if (SQLiteJDBCLoader.initialize()) {
                return;
            }
        } catch (Exception e) { // The loader declares it so.
            throw noNative(e);
        } catch (LinkageError e) {
            throw noNative(e);
        }
        throw noNative(null);
    }

    private static MetaException noNative(@Nullable Throwable cause) {
        String directory = System.getProperty("org.sqlite.tmpdir", System.getProperty("java.io.tmpdir"));
        return new MetaException(
                Kind.DENIED,
                "cannot load SQLite's native library from " + directory + " (mounted noexec?); set -D"
                        + NATIVE_DIR_PROPERTY + "=DIR to a directory on a file system that allows execution",
                cause);
    }

    private static Place place(Path directory) throws MetaException {
        String type;
        try {
            type = Files.getFileStore(directory).type().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            return new Place(true, null);
        }
        if (REMOTE.contains(type)) {
            throw new MetaException(
                    Kind.INVALID,
                    directory + " is on a network file system (" + type
                            + "), where SQLite loses data; use a local disk," + " or a PostgreSQL or Redis server");
        }
        if (type.startsWith("fuse.") || type.equals("9p") || type.equals("virtiofs")) {
            return new Place(
                    true, "metadata on " + type + " is safe only while one host opens it; a local disk is faster");
        }
        if (type.equals("tmpfs") || type.equals("ramfs")) {
            return new Place(false, "metadata on " + type + " is lost when this machine stops; use a disk");
        }
        return new Place(true, null);
    }

    /** Makes an empty file; false if one is there. */
    private static boolean create(Path file) throws MetaException {
        try {
            Files.createFile(file);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (AccessDeniedException e) {
            throw new MetaException(Kind.DENIED, "may not create " + file + "; mend the directory's owner or mode", e);
        } catch (FileSystemException e) {
            String reason = String.valueOf(e.getReason());
            if (reason.contains("No space left") || reason.contains("quota")) {
                throw SqliteErrors.full(file, e);
            }
            throw new MetaException(Kind.DENIED, "cannot create " + file + ": " + reason, e);
        } catch (IOException e) {
            throw new MetaException(Kind.UNAVAILABLE, "cannot create " + file + ": " + e.getMessage(), e);
        }
    }

    /** Refuses what is no SQLite database before SQLite itself touches it. */
    private static void inspect(Path file, OpenMode mode) throws MetaException {
        if (Files.notExists(file)) {
            throw notFound(file);
        }
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isReadable(file) || !Files.isWritable(file) || directory == null || !Files.isWritable(directory)) {
            throw new MetaException(
                    Kind.DENIED,
                    "may not read and write " + file + " and its directory; mend their owner, mode or mount options");
        }
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(MAGIC.length);
        } catch (IOException e) {
            throw new MetaException(Kind.DENIED, "cannot read " + file + ": " + e.getMessage(), e);
        }
        if (head.length == 0 && mode == OpenMode.EXISTING) {
            throw new MetaException(Kind.NOT_FOUND, file + " is empty; make a volume there with 'leat format'");
        }
        if (head.length > 0 && !Arrays.equals(head, MAGIC)) {
            throw SqliteErrors.corrupt(file, null);
        }
    }

    private static MetaException notFound(Path file) {
        return new MetaException(
                Kind.NOT_FOUND, "there is no volume at " + file + "; make one with 'leat format' or mend the path");
    }

    private static void openTables(Path file, OpenMode mode) throws MetaException {
        long end = System.nanoTime() + OPEN_NANOS;
        while (true) {
            try {
                openTablesOnce(file, mode);
                return;
            } catch (SQLException e) {
                // Changing the journal's mode beside others who do so fails at once: SQLite does not wait there.
                if (!SqliteErrors.isBusy(e)
                        || System.nanoTime() - end > 0
                        || Thread.currentThread().isInterrupted()) {
                    throw SqliteErrors.translate(file, e);
                }
                LockSupport.parkNanos(OPEN_PAUSE_NANOS);
            }
        }
    }

    private static void openTablesOnce(Path file, OpenMode mode) throws SQLException, MetaException {
        try (SqliteLink link = SqliteLink.open(file, 1024)) {
            if (!isOurs(file, link)) {
                if (mode == OpenMode.EXISTING) {
                    throw notFound(file);
                }
                // The journal's mode cannot change inside a transaction, and is part of the file from then on.
                useLog(file, link);
                makeTables(file, link);
            }
            useLog(file, link);
        }
    }

    private static void makeTables(Path file, SqliteLink link) throws SQLException, MetaException {
        link.setDurable(true);
        link.beginWrite();
        try {
            // Somebody else may have made them since.
            if (!isOurs(file, link)) {
                link.run("CREATE TABLE leat_kv (p BLOB NOT NULL, k BLOB NOT NULL, v BLOB NOT NULL, s INTEGER NOT NULL,"
                        + " q INTEGER NOT NULL, PRIMARY KEY (p, k)) WITHOUT ROWID");
                link.run("CREATE TABLE leat_feed (n INTEGER PRIMARY KEY, s INTEGER NOT NULL, q INTEGER NOT NULL,"
                        + " keys BLOB NOT NULL)");
                link.run("CREATE TABLE leat_flush (n INTEGER NOT NULL)");
                link.run("INSERT INTO leat_flush (n) VALUES (0)");
                link.run("PRAGMA user_version = " + SCHEMA_VERSION);
                link.run("PRAGMA application_id = " + APPLICATION_ID);
            }
            link.commit();
        } catch (SQLException | MetaException e) {
            link.recover();
            throw e;
        }
    }

    private static void useLog(Path file, SqliteLink link) throws SQLException, MetaException {
        List<String> mode = link.texts("PRAGMA journal_mode = WAL");
        if (mode.isEmpty() || !mode.getFirst().equalsIgnoreCase("wal")) {
            throw new MetaException(
                    Kind.INVALID,
                    "SQLite cannot use its write-ahead log for " + file
                            + ", for which the file system must share memory;" + " use a local disk");
        }
    }

    /** Whether the tables are there; refuses those of others and of other versions. */
    private static boolean isOurs(Path file, SqliteLink link) throws SQLException, MetaException {
        List<String> tables = link.texts("SELECT name FROM sqlite_master WHERE type = 'table'");
        if (tables.isEmpty()) {
            return false;
        }
        if (tables.contains("jfs_setting")) {
            throw new MetaException(
                    Kind.FOREIGN,
                    file
                            + " is a volume of JuiceFS, which Leat cannot open; mount it with JuiceFS, or choose another file");
        }
        long application = first(link.numbers("PRAGMA application_id", 1));
        if (application != APPLICATION_ID) {
            throw new MetaException(
                    Kind.FOREIGN,
                    file + " is a SQLite database of another program (table " + tables.getFirst()
                            + "); choose another file");
        }
        long version = first(link.numbers("PRAGMA user_version", 1));
        if (version != SCHEMA_VERSION) {
            throw new MetaException(
                    Kind.FOREIGN,
                    file + " has tables of version " + version + "; this Leat reads version " + SCHEMA_VERSION
                            + ", use " + (version > SCHEMA_VERSION ? "a newer" : "an older") + " one");
        }
        return true;
    }

    private static long first(long[] row) {
        return row.length == 0 ? 0 : row[0];
    }
}

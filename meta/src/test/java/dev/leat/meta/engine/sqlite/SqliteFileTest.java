package dev.leat.meta.engine.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link SqliteEngine#open} and {@link SqliteEngine#destroy} do with what they find. */
final class SqliteFileTest {
    private static final Key KEY = new Key(Bytes.of("D1"), Bytes.of("a"));

    @TempDir
    Path directory;

    @Test
    void whatWasCommittedIsThereAfterReopening() throws Exception {
        Path file = directory.resolve("volume.db");
        try (MetaEngine engine = SqliteEngine.open(file, OpenMode.CREATE)) {
            put(engine, 1, "one");
        }
        // CREATE takes what is there as it is.
        for (OpenMode mode : OpenMode.values()) {
            try (MetaEngine engine = SqliteEngine.open(file, mode)) {
                assertThat(engine.get(List.of(KEY), List.of())).containsKey(KEY);
            }
        }
    }

    @Test
    void aMissingFileIsNotFoundAndNotMade() throws Exception {
        refused(directory.resolve("none.db"), OpenMode.EXISTING, Kind.NOT_FOUND);
        refused(directory.resolve("no/such/dir/v.db"), OpenMode.CREATE, Kind.NOT_FOUND);
        refused(directory, OpenMode.CREATE, Kind.INVALID);
        assertThat(left()).isEmpty();
        Path empty = Files.createFile(directory.resolve("empty.db"));
        refused(empty, OpenMode.EXISTING, Kind.NOT_FOUND);
        assertThat(left()).containsExactly("empty.db");
    }

    @Test
    void whatIsNoDatabaseIsCorruptAndLeftAlone() throws Exception {
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        Path file = Files.write(directory.resolve("noise.db"), noise);
        for (OpenMode mode : OpenMode.values()) {
            refused(file, mode, Kind.CORRUPT);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(noise);
        assertThat(left()).containsExactly("noise.db");
    }

    @Test
    void aDamagedVolumeIsCorrupt() throws Exception {
        Path file = directory.resolve("volume.db");
        try (MetaEngine engine = SqliteEngine.open(file, OpenMode.CREATE)) {
            put(engine, 1, "one");
        }
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] noise = new byte[(int) raw.length() - 100];
            new Random(2).nextBytes(noise);
            raw.seek(100);
            raw.write(noise);
        }
        refused(file, OpenMode.EXISTING, Kind.CORRUPT);
        // Cut short, as by a copy that stopped.
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(50);
        }
        refused(file, OpenMode.EXISTING, Kind.CORRUPT);
    }

    @Test
    void othersDatabasesAreForeignAndLeftAlone() throws Exception {
        Path juice = directory.resolve("juice.db");
        sql(juice, "CREATE TABLE jfs_setting (name TEXT PRIMARY KEY, value TEXT)", "CREATE TABLE jfs_node (inode INT)");
        Path other = directory.resolve("other.db");
        sql(other, "CREATE TABLE bookmarks (url TEXT)");
        for (OpenMode mode : OpenMode.values()) {
            assertThat(refused(juice, mode, Kind.FOREIGN)).contains("JuiceFS");
            assertThat(refused(other, mode, Kind.FOREIGN)).contains("bookmarks");
        }
        assertThat(left()).containsExactlyInAnyOrder("juice.db", "other.db");
    }

    @Test
    void tablesOfAnotherVersionAreForeign() throws Exception {
        Path file = directory.resolve("volume.db");
        SqliteEngine.open(file, OpenMode.CREATE).close();
        sql(file, "PRAGMA user_version = 7");
        assertThat(refused(file, OpenMode.EXISTING, Kind.FOREIGN)).contains("version 7", "version 1");
    }

    @Test
    void aPlaceThatMayNotBeWrittenIsDenied() throws Exception {
        // Nobody may make files in sysfs, root neither.
        refused(Path.of("/sys/volume.db"), OpenMode.CREATE, Kind.DENIED);
        assertThat(Files.notExists(Path.of("/sys/volume.db"))).isTrue();
    }

    @Test
    void destroyRemovesTheFileAndItsLog() throws Exception {
        Path file = directory.resolve("volume.db");
        MetaEngine engine = SqliteEngine.open(file, OpenMode.CREATE);
        put(engine, 1, "one");
        assertThat(left()).contains("volume.db", "volume.db-wal");
        engine.destroy();
        assertThat(left()).isEmpty();
        refused(file, OpenMode.EXISTING, Kind.NOT_FOUND);
    }

    @Test
    void aFileRemovedWhileItIsOpenTakesNoMoreCommits() throws Exception {
        Path file = directory.resolve("volume.db");
        try (MetaEngine engine = SqliteEngine.open(file, OpenMode.CREATE)) {
            put(engine, 1, "one");
            Files.delete(file);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            MetaException told = null;
            for (int n = 2; told == null && System.nanoTime() < deadline; n++) {
                int sequence = n;
                told = catchThrowableOfType(MetaException.class, () -> put(engine, sequence, "lost"));
            }
            assertThat(told).isNotNull();
            assertThat(told.kind()).isEqualTo(Kind.NOT_FOUND);
        }
    }

    @Test
    void twoThatCreateAtOnceShareOneVolume() throws Exception {
        for (int round = 0; round < 10; round++) {
            Path file = directory.resolve("volume" + round + ".db");
            CyclicBarrier start = new CyclicBarrier(4);
            List<FutureTask<Integer>> makers = Stream.of(1, 2, 3, 4)
                    .map(n -> new FutureTask<>(() -> {
                        start.await();
                        try (MetaEngine engine = SqliteEngine.open(file, OpenMode.CREATE)) {
                            put(engine, n, "by " + n);
                        }
                        return n;
                    }))
                    .toList();
            makers.forEach(maker -> Thread.ofPlatform().start(maker));
            for (FutureTask<Integer> maker : makers) {
                maker.get();
            }
            try (MetaEngine engine = SqliteEngine.open(file, OpenMode.EXISTING)) {
                for (int n = 1; n <= 4; n++) {
                    Commit again = commit(n, "by " + n);
                    // Each left its mark, whoever made the tables.
                    assertThat(engine.commit(new Commit(
                                    null,
                                    again.stamp(),
                                    List.of(new Check.Exists(mark(n))),
                                    List.of(new Write.Delete(mark(n))),
                                    true)))
                            .isEqualTo(CommitResult.APPLIED);
                }
            }
        }
    }

    @Test
    void aFullDiskIsFullAndNothingIsHalfDone() throws Exception {
        Path file = directory.resolve("volume.db");
        SqliteEngine.open(file, OpenMode.CREATE).close();
        // SQLite's own limit of the file's pages gives the same code as ENOSPC does, on any machine.
        try (SqliteLink link = SqliteLink.open(file, 256)) {
            link.run("PRAGMA max_page_count = 12");
            GroupCommitter committer = new GroupCommitter(file, link, java.time.Duration.ofSeconds(60), 100, () -> {});
            try {
                MetaException told = null;
                int done = 0;
                for (int n = 1; n < 100 && told == null; n++) {
                    Commit commit = new Commit(
                            null,
                            new Stamp(1, n),
                            List.of(),
                            List.of(new Write.Put(mark(n), new byte[4_000]), new Write.Put(mark(-n), new byte[10])),
                            false);
                    told = catchThrowableOfType(MetaException.class, () -> committer.commit(commit));
                    done += told == null ? 1 : 0;
                }
                assertThat(told).isNotNull();
                assertThat(told.kind()).isEqualTo(Kind.FULL);
                assertThat(told.getMessage()).doesNotContain("\n");
                try (MetaEngine engine = SqliteEngine.open(file, OpenMode.EXISTING)) {
                    for (int n = 1; n <= done + 1; n++) {
                        boolean there = n <= done;
                        assertThat(engine.get(List.of(mark(n), mark(-n)), List.of()))
                                .hasSize(there ? 2 : 0);
                    }
                }
            } finally {
                committer.close();
            }
        }
    }

    @Test
    void aFullFileSystemIsFullAndWorksOnWhenThereIsRoom() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        if (run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small.toString()) != 0) {
            assertThat(System.getenv("CI"))
                    .as("this test mounts a small tmpfs, as root")
                    .isNotEqualTo("true");
            Assumptions.abort("mounting a small tmpfs takes root");
        }
        try {
            Path ballast = Files.write(small.resolve("ballast"), new byte[2 << 20]);
            try (MetaEngine engine = SqliteEngine.open(small.resolve("volume.db"), OpenMode.CREATE)) {
                assertThat(engine.info().durable()).isFalse();
                int done = fill(engine, 1);
                // Refused again and again, it neither forgets nor gets stuck.
                for (int n = 0; n < 5; n++) {
                    assertThat(fill(engine, done + 1)).isEqualTo(done);
                }
                Files.delete(ballast);
                assertThat(fill(engine, done + 1)).isGreaterThan(done);
                for (int n = 1; n <= done; n++) {
                    assertThat(engine.get(List.of(mark(n)), List.of())).hasSize(1);
                }
            }
        } finally {
            assertThat(run("umount", small.toString())).isZero();
        }
    }

    /** Commits until there is no room and returns the last that was taken. */
    private static int fill(MetaEngine engine, int from) {
        for (int n = from; n < from + 1_000; n++) {
            Commit commit = new Commit(
                    null, new Stamp(1, n), List.of(), List.of(new Write.Put(mark(n), new byte[30_000])), false);
            MetaException told = catchThrowableOfType(MetaException.class, () -> engine.commit(commit));
            if (told != null) {
                assertThat(told.kind()).as(told.getMessage()).isEqualTo(Kind.FULL);
                return n - 1;
            }
        }
        throw new AssertionError("there is always room");
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static Key mark(int n) {
        return new Key(Bytes.of("M"), Bytes.of("n" + n));
    }

    private static Commit commit(int n, String text) {
        byte[] value = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return new Commit(
                null,
                new Stamp(1, n),
                List.of(),
                List.of(new Write.Put(KEY, value), new Write.Put(mark(n), value)),
                false);
    }

    private static void put(MetaEngine engine, int n, String text) throws MetaException {
        assertThat(engine.commit(commit(n, text))).isEqualTo(CommitResult.APPLIED);
    }

    private static String refused(Path file, OpenMode mode, Kind kind) {
        MetaException e = catchThrowableOfType(
                MetaException.class, () -> SqliteEngine.open(file, mode).close());
        assertThat(e).as("%s with %s", file, mode).isNotNull();
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
        assertThat(e.getMessage()).contains(file.getFileName().toString()).doesNotContain("\n");
        return String.valueOf(e.getMessage());
    }

    private List<String> left() throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static void sql(Path file, String... statements) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}

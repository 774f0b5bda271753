package dev.leat.meta.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.TestSession;
import dev.leat.meta.engine.Write;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.PostgresServer;
import dev.leat.testing.servers.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is PostgreSQL's own: logins, TLS, other programs' data, crashes, transactions that do not end. */
@Timeout(300)
final class PostgresServerTest {
    @BeforeEach
    void needPostgres() {
        Requires.that(PostgresServer.programs().isPresent(), PostgresServer.howToGet());
    }

    private static PostgresConfig config(PostgresServer server) {
        return PostgresConfig.of(server.hosts(), PostgresServer.NAME, PostgresServer.NAME)
                .withTimeout(Duration.ofSeconds(10));
    }

    private static Key key(String partition, String name) {
        return new Key(Bytes.of(partition), Bytes.of(name));
    }

    private static Write put(Key key, String text) {
        return new Write.Put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void fails(Kind kind, String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MetaException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            assertThat(e).hasMessageContaining(words);
            assertThat(e.getMessage()).doesNotContain("\n");
        });
    }

    private static Connection raw(PostgresConfig config) throws SQLException {
        return DriverManager.getConnection(config.jdbcUrl(), config.properties());
    }

    private static boolean schemaThere(Statement statement, String name) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT 1 FROM pg_namespace WHERE nspname = '" + name + "'")) {
            return row.next();
        }
    }

    @Test
    void passwordsAndTlsAreCheckedAndNeverShown() throws Exception {
        try (PostgresServer server =
                PostgresServer.builder().password("secret-1").tls().start()) {
            PostgresConfig config = config(server);
            fails(Kind.DENIED, server.hosts(), () -> PostgresEngine.open(config, OpenMode.CREATE));
            fails(Kind.DENIED, server.hosts(), () -> PostgresEngine.open(config.withPassword("no"), OpenMode.CREATE));
            PostgresConfig good = config.withPassword("secret-1");
            assertThat(good.toString()).doesNotContain("secret");
            PostgresEngine.open(good.with("sslmode", "disable"), OpenMode.CREATE)
                    .close();
            PostgresEngine.open(good.with("sslmode", "require"), OpenMode.EXISTING)
                    .close();
            PostgresConfig verified = good.with("sslmode", "verify-full");
            fails(Kind.INVALID, "sslrootcert", () -> PostgresEngine.open(verified, OpenMode.EXISTING));
            try (PostgresEngine engine = PostgresEngine.open(
                    verified.with("sslrootcert", server.caFile().toString()), OpenMode.EXISTING)) {
                new TestSession(engine).write(put(key("D1", "a"), "1"));
                assertThat(engine.info().location()).doesNotContain("secret");
                assertThat(engine.info().durable()).isTrue();
            }
        }
    }

    @Test
    void whatIsNotThereOrSomebodyElsesIsRefused() throws Exception {
        String nobody = "127.0.0.1:" + ServerProcess.freePort();
        fails(
                Kind.UNAVAILABLE,
                nobody,
                () -> PostgresEngine.open(PostgresConfig.of(nobody, "leat", "leat"), OpenMode.CREATE));
        try (PostgresServer server =
                PostgresServer.builder().set("fsync", "off").start()) {
            PostgresConfig config = config(server);
            fails(
                    Kind.NOT_FOUND,
                    "createdb none",
                    () -> PostgresEngine.open(PostgresConfig.of(server.hosts(), "none", "leat"), OpenMode.CREATE));
            fails(Kind.NOT_FOUND, "leat format", () -> PostgresEngine.open(config, OpenMode.EXISTING));
            fails(Kind.INVALID, "schema", () -> PostgresEngine.open(config.withSchema("a b"), OpenMode.CREATE));
            fails(Kind.INVALID, "sslmoode", () -> PostgresEngine.open(config.with("sslmoode", "x"), OpenMode.CREATE));
            fails(
                    Kind.INVALID,
                    "sslmode",
                    () -> PostgresEngine.open(config.with("sslmode", "require"), OpenMode.CREATE));
            try (Connection connection = raw(config);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE jfs_setting (name text)");
                fails(Kind.FOREIGN, "JuiceFS", () -> PostgresEngine.open(config, OpenMode.CREATE));
                statement.execute("DROP TABLE jfs_setting");
                assertThat(schemaThere(statement, "leat")).isFalse();
                try (PostgresEngine engine = PostgresEngine.open(config, OpenMode.CREATE)) {
                    assertThat(engine.info().durable()).isFalse();
                    assertThat(engine.info().warning()).contains("fsync").doesNotContain("\n");
                }
                statement.execute("UPDATE leat.volume SET layout = 99");
                fails(Kind.FOREIGN, "layout 99", () -> PostgresEngine.open(config, OpenMode.EXISTING));
            }
        }
    }

    @Test
    void destroyDropsWhatWasMadeAndNothingElse() throws Exception {
        try (PostgresServer server = PostgresServer.builder().start();
                Connection connection = raw(config(server));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA theirs");
            statement.execute("CREATE TABLE theirs.data (n integer)");
            for (String schema : List.of("leat", "theirs")) {
                PostgresConfig config = config(server).withSchema(schema);
                try (PostgresEngine engine = PostgresEngine.open(config, OpenMode.CREATE)) {
                    new TestSession(engine).write(put(key("D1", "a"), "1"));
                    engine.destroy();
                }
                fails(Kind.NOT_FOUND, schema, () -> PostgresEngine.open(config, OpenMode.EXISTING));
            }
            assertThat(schemaThere(statement, "leat")).isFalse();
            statement.execute("INSERT INTO theirs.data VALUES (1)");
        }
    }

    @Test
    void durableCommitsSurviveACrashAndTheFeedIsReset() throws Exception {
        try (PostgresServer server = PostgresServer.builder().start();
                PostgresEngine engine = PostgresEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), "1"));
            Commit durable = new Commit(
                    null,
                    session.stamp(),
                    List.of(new Check.Absent(key("D1", "b"))),
                    List.of(put(key("D1", "b"), "2")),
                    true);
            assertThat(engine.commit(durable)).isEqualTo(CommitResult.APPLIED);
            FeedPage.Position position = engine.feed(null, 10, Duration.ZERO).next();
            server.kill();
            Commit commit = session.next(List.of(), List.of(put(key("D1", "c"), "3")));
            fails(Kind.UNAVAILABLE, server.hosts(), () -> engine.commit(commit));
            server.restart();
            assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
            assertThat(engine.get(List.of(key("D1", "a"), key("D1", "b"), key("D1", "c")), List.of()))
                    .hasSize(3);
            FeedPage page = feedUntilAnswered(engine, position);
            assertThat(page.reset()).isTrue();
            session.write(put(key("D1", "d"), "4"));
            assertThat(engine.feed(page.next(), 10, Duration.ofMinutes(1)).events())
                    .anySatisfy(event -> assertThat(event.keys()).contains(key("D1", "d")));
        }
    }

    private static FeedPage feedUntilAnswered(PostgresEngine engine, FeedPage.Position position) throws MetaException {
        while (true) {
            try {
                return engine.feed(position, 10, Duration.ZERO);
            } catch (MetaException e) {
                // Each stale connection of the pool fails once.
                assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
            }
        }
    }

    /** A number that a rolled back transaction took is skipped; one that still runs holds the feed back, with resets. */
    @Test
    void theFeedWaitsForNumbersThatMayComeAndSkipsThoseThatCannot() throws Exception {
        try (PostgresServer server = PostgresServer.builder().start();
                PostgresEngine engine = PostgresEngine.open(config(server), OpenMode.CREATE);
                Connection other = raw(config(server));
                Statement statement = other.createStatement()) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), "1"));
            FeedPage.Position position = engine.feed(null, 10, Duration.ZERO).next();
            other.setAutoCommit(false);
            String insert = "INSERT INTO leat.feed (session, sequence, keys) VALUES (1, 2, '')";
            statement.execute(insert);
            other.rollback();
            session.write(put(key("D1", "b"), "2"));
            FeedPage page = engine.feed(position, 10, Duration.ofMinutes(1));
            assertThat(page.events()).hasSize(1);
            assertThat(page.reset()).isFalse();

            statement.execute(insert);
            session.write(put(key("D1", "c"), "3"));
            long asked = System.nanoTime();
            FeedPage waiting = engine.feed(page.next(), 10, Duration.ofMillis(300));
            assertThat(waiting.events()).isEmpty();
            // After two seconds it would be right, and a machine may stand still for as long.
            boolean early = System.nanoTime() - asked < Duration.ofSeconds(2).toNanos();
            assertThat(early && waiting.reset()).isFalse();
            FeedPage late = engine.feed(page.next(), 10, Duration.ofMinutes(1));
            assertThat(late.events()).isEmpty();
            assertThat(late.reset())
                    .as("nothing cached is trusted while it lasts")
                    .isTrue();
            other.commit();
            FeedPage both = engine.feed(late.next(), 10, Duration.ofMinutes(1));
            assertThat(both.events()).hasSize(2);
            assertThat(both.events().getFirst().stamp().sequence()).isEqualTo(2);
        }
    }

    @Test
    void aStatementThatWaitsTooLongIsEnded() throws Exception {
        try (PostgresServer server = PostgresServer.builder().start();
                PostgresEngine engine =
                        PostgresEngine.open(config(server).withTimeout(Duration.ofSeconds(3)), OpenMode.CREATE);
                Connection other = raw(config(server));
                Statement statement = other.createStatement()) {
            TestSession session = new TestSession(engine);
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE leat.entry");
            Commit commit = session.next(List.of(), List.of(put(key("D1", "a"), "1")));
            // The lock is given up afterwards: whoever waited for it would wait for ever.
            fails(Kind.UNAVAILABLE, "in time", () -> engine.commit(commit));
            other.rollback();
            assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        }
    }
}

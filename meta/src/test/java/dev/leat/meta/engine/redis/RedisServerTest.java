package dev.leat.meta.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.TestSession;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.RedisServer;
import dev.leat.testing.servers.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;

/** What is Redis's own: logins, TLS, safety of its settings, other programs' data, restarts, large partitions. */
@Timeout(300)
final class RedisServerTest {
    private static final Duration SHORT = Duration.ofSeconds(10);

    @BeforeEach
    void needRedis() {
        Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
    }

    private static RedisConfig config(RedisServer server) {
        return RedisConfig.of(server.host(), server.port(), 0).withTimeout(SHORT);
    }

    private static Key key(String partition, String name) {
        return new Key(Bytes.of(partition), Bytes.of(name));
    }

    private static Write put(Key key, int number) {
        return new Write.Put(key, Integer.toString(number).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    private static void fails(Kind kind, String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MetaException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e).hasMessageContaining(words);
            assertThat(e.getMessage()).doesNotContain("\n");
        });
    }

    @Test
    void passwordsAndUsersAreCheckedAndNeverShown() throws Exception {
        try (RedisServer server = RedisServer.builder().password("secret-1").start()) {
            RedisConfig config = config(server);
            String address = server.host() + ":" + server.port();
            fails(Kind.DENIED, address, () -> RedisEngine.open(config, OpenMode.CREATE));
            fails(Kind.DENIED, address, () -> RedisEngine.open(config.withCredentials(null, "wrong"), OpenMode.CREATE));
            fails(
                    Kind.DENIED,
                    address,
                    () -> RedisEngine.open(config.withCredentials("nobody", "secret-1"), OpenMode.CREATE));
            try (Jedis jedis = new Jedis(server.host(), server.port())) {
                jedis.auth("secret-1");
                jedis.aclSetUser("leat", "on", ">secret-2", "~{leat}*", "+@all", "-@dangerous", "+info");
            }
            for (RedisConfig good :
                    List.of(config.withCredentials(null, "secret-1"), config.withCredentials("leat", "secret-2"))) {
                assertThat(good.toString()).doesNotContain("secret");
                try (RedisEngine engine = RedisEngine.open(good, OpenMode.CREATE)) {
                    new TestSession(engine).write(put(key("D1", "a"), 1));
                    assertThat(engine.info().location()).doesNotContain("secret");
                }
            }
        }
    }

    @Test
    void tlsNeedsATrustedCertificate() throws Exception {
        try (RedisServer server = RedisServer.builder().tls().start()) {
            RedisConfig config = config(server);
            fails(Kind.INVALID, "CA", () -> RedisEngine.open(config.withTls(null), OpenMode.CREATE));
            fails(Kind.UNAVAILABLE, "rediss://", () -> RedisEngine.open(config, OpenMode.CREATE));
            try (RedisEngine engine = RedisEngine.open(config.withTls(server.caFile()), OpenMode.CREATE)) {
                new TestSession(engine).write(put(key("D1", "a"), 1));
                assertThat(engine.info().location()).startsWith("rediss://");
            }
        }
        try (RedisServer plain = RedisServer.builder().start()) {
            fails(
                    Kind.UNAVAILABLE,
                    "redis://",
                    () -> RedisEngine.open(config(plain).withTls(null), OpenMode.CREATE));
        }
    }

    @Test
    void whatIsNotThereOrSomebodyElsesIsRefused() throws Exception {
        int nobody = ServerProcess.freePort();
        fails(
                Kind.UNAVAILABLE,
                "127.0.0.1:" + nobody,
                () -> RedisEngine.open(RedisConfig.of("127.0.0.1", nobody, 0), OpenMode.CREATE));
        fails(
                Kind.UNAVAILABLE,
                "no-such-host.invalid",
                () -> RedisEngine.open(RedisConfig.of("no-such-host.invalid", 6379, 0), OpenMode.CREATE));
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port())) {
            RedisConfig config = config(server);
            fails(Kind.NOT_FOUND, "/0", () -> RedisEngine.open(config, OpenMode.EXISTING));
            fails(
                    Kind.INVALID,
                    "database 99",
                    () -> RedisEngine.open(RedisConfig.of("127.0.0.1", server.port(), 99), OpenMode.CREATE));
            fails(Kind.INVALID, "volume name", () -> RedisEngine.open(config.withName("a*b"), OpenMode.CREATE));
            jedis.set("setting", "{\"Name\": \"other\", \"UUID\": \"0\"}");
            fails(Kind.FOREIGN, "JuiceFS", () -> RedisEngine.open(config, OpenMode.CREATE));
            jedis.del("setting");
            jedis.set("{leat}v", "leat-meta 99");
            fails(Kind.FOREIGN, "leat-meta 99", () -> RedisEngine.open(config, OpenMode.EXISTING));
            jedis.del("{leat}v");
            RedisEngine.open(config, OpenMode.CREATE).close();
            RedisEngine.open(config, OpenMode.EXISTING).close();
        }
    }

    @Test
    void durabilityIsWhatTheServerIsSetUpFor() throws Exception {
        try (RedisServer server = RedisServer.startDurable();
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            assertThat(engine.info().durable()).isTrue();
            assertThat(engine.info().warning()).isNull();
        }
        try (RedisServer server = RedisServer.builder()
                        .set("maxmemory-policy", "allkeys-lru")
                        .start();
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            assertThat(engine.info().durable()).isFalse();
            assertThat(engine.info().warning())
                    .contains("appendonly no", "appendfsync always", "maxmemory-policy noeviction")
                    .doesNotContain("\n");
        }
    }

    @Test
    void aServerOutOfMemoryRefusesAndKeepsWhatItHas() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), 1));
            jedis.configSet("maxmemory", "1");
            Commit commit = session.next(List.of(), List.of(put(key("D1", "b"), 2), new Write.Delete(key("D1", "a"))));
            fails(Kind.FULL, "maxmemory", () -> engine.commit(commit));
            assertThat(engine.get(List.of(key("D1", "a"), key("D1", "b")), List.of()))
                    .containsOnlyKeys(key("D1", "a"));
            jedis.configSet("maxmemory", "0");
            assertThat(engine.commit(commit)).isEqualTo(CommitResult.APPLIED);
        }
    }

    @Test
    void workGoesOnAfterTheServerWasKilledAndTheFeedIsReset() throws Exception {
        try (RedisServer server = RedisServer.startDurable();
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), 1));
            FeedPage.Position position = engine.feed(null, 10, Duration.ZERO).next();
            server.kill();
            long start = System.nanoTime();
            Commit commit = session.next(List.of(), List.of(put(key("D1", "b"), 2)));
            fails(Kind.UNAVAILABLE, ":" + server.port(), () -> engine.commit(commit));
            fails(Kind.UNAVAILABLE, ":" + server.port(), () -> engine.get(List.of(key("D1", "a")), List.of()));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SHORT.multipliedBy(4));
            server.restart();
            assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
            assertThat(engine.get(List.of(key("D1", "a"), key("D1", "b")), List.of()))
                    .hasSize(2);
            FeedPage page = feedUntilAnswered(engine, position);
            assertThat(page.reset()).isTrue();
        }
    }

    private static FeedPage feedUntilAnswered(RedisEngine engine, FeedPage.Position position) throws MetaException {
        while (true) {
            try {
                return engine.feed(position, 10, Duration.ZERO);
            } catch (MetaException e) {
                // The line was cut by the restart; the next call makes a new one.
                assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
            }
        }
    }

    @Test
    void aReplicaIsNoVolume() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), 1));
            jedis.replicaof("127.0.0.1", ServerProcess.freePort());
            Commit commit = session.next(List.of(), List.of(put(key("D1", "b"), 2)));
            fails(Kind.UNAVAILABLE, "", () -> engine.commit(commit));
            // After the first refusal the connections are made anew, and nothing stale is read.
            fails(Kind.UNAVAILABLE, "replica", () -> engine.get(List.of(key("D1", "a")), List.of()));
            jedis.replicaofNoOne();
            assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        }
    }

    @Test
    void forgottenScriptsAreSentAgain() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            session.write(put(key("D1", "a"), 1));
            jedis.scriptFlush();
            session.write(put(key("D1", "b"), 2));
            jedis.scriptFlush();
            assertThat(engine.scan(new Prefix(Bytes.of("D1"), Bytes.EMPTY), null, 10))
                    .hasSize(2);
        }
    }

    /** A partition gains an index at 129 names and loses it at 64; its names are the same all the while. */
    @Test
    void partitionsGrowAndShrinkThroughTheirIndex() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            NavigableSet<String> names = new TreeSet<>();
            boolean indexed = false;
            for (int round = 0; round < 2; round++) {
                for (int n = 0; n < 200; n++) {
                    session.write(put(key("D1", "e" + n), n));
                    names.add("e" + n);
                    same(engine, names);
                    indexed |= jedis.exists("{leat}zD1");
                    assertThat(jedis.exists("{leat}zD1")).isEqualTo(names.size() > 128);
                }
                for (int n = 0; n < 200; n++) {
                    session.write(new Write.Delete(key("D1", "e" + n)));
                    names.remove("e" + n);
                    same(engine, names);
                    assertThat(jedis.exists("{leat}zD1")).isEqualTo(names.size() > 64);
                }
            }
            assertThat(indexed).isTrue();
            assertThat(jedis.exists("{leat}hD1")).isFalse();
        }
    }

    private static void same(RedisEngine engine, NavigableSet<String> names) throws MetaException {
        List<Map.Entry<Key, Value>> all = engine.scan(new Prefix(Bytes.of("D1"), Bytes.of("e")), null, 10_000);
        assertThat(all.stream().map(e -> e.getKey().name().toString())).containsExactlyElementsOf(names);
        String after = names.isEmpty() ? "e" : names.first();
        assertThat(engine.scan(new Prefix(Bytes.of("D1"), Bytes.of("e1")), Bytes.of(after), 3).stream()
                        .map(e -> e.getKey().name().toString()))
                .containsExactlyElementsOf(names.tailSet(after, false).stream()
                        .filter(name -> name.startsWith("e1"))
                        .limit(3)
                        .toList());
    }

    @Test
    void largePartitionsAreExportedFromACopyThatIsRemoved() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine engine = RedisEngine.open(config(server), OpenMode.CREATE)) {
            TestSession session = new TestSession(engine);
            List<Write> writes = new ArrayList<>();
            for (int n = 0; n < 3_500; n++) {
                writes.add(put(key("D1", "e" + n), n));
                if (writes.size() == 100) {
                    session.write(writes.toArray(Write[]::new));
                    writes.clear();
                }
            }
            long keysBefore = jedis.dbSize();
            Map<Key, String> exported = new HashMap<>();
            engine.export((key, value) -> {
                if (exported.isEmpty() || key.name().toString().equals("e1")) {
                    session.write(new Write.Delete(key("D1", "e999")), put(key("D1", "e99999"), 1));
                }
                assertThat(exported.put(key, new String(value, java.nio.charset.StandardCharsets.US_ASCII)))
                        .isNull();
            });
            // All of one instant: either both changes or none.
            assertThat(exported.containsKey(key("D1", "e999"))).isNotEqualTo(exported.containsKey(key("D1", "e99999")));
            assertThat(exported).hasSize(3_501).containsEntry(key("D1", "e77"), "77");
            assertThat(jedis.dbSize()).isEqualTo(keysBefore);
        }
    }

    @Test
    void destroyLeavesOtherVolumesAndPrograms() throws Exception {
        try (RedisServer server = RedisServer.builder().start();
                Jedis jedis = new Jedis(server.host(), server.port());
                RedisEngine one = RedisEngine.open(config(server), OpenMode.CREATE);
                RedisEngine other = RedisEngine.open(config(server).withName("leat2"), OpenMode.CREATE)) {
            jedis.set("somebody", "else");
            new TestSession(one).write(put(key("D1", "a"), 1));
            new TestSession(other).write(put(key("D1", "a"), 1));
            assertThat(one.get(List.of(key("D1", "a")), List.of())).hasSize(1);
            one.destroy();
            assertThat(jedis.keys("{leat}*")).isEmpty();
            assertThat(jedis.get("somebody")).isEqualTo("else");
            assertThat(other.get(List.of(key("D1", "a")), List.of())).hasSize(1);
            fails(Kind.NOT_FOUND, "leat format", () -> RedisEngine.open(config(server), OpenMode.EXISTING));
        }
    }
}

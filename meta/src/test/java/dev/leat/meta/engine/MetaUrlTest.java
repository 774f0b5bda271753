package dev.leat.meta.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaUrl.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link MetaUrl}. */
final class MetaUrlTest {
    private static final Map<String, String> NOTHING = Map.of();

    @Test
    void sqliteTakesWhatFollowsTheSlashesAsThePath() throws Exception {
        for (String scheme : new String[] {"sqlite", "sqlite3", "SQLite"}) {
            MetaUrl absolute = MetaUrl.parse(scheme + ":///var/lib/my volume@1?.db", NOTHING);
            assertThat(absolute.engine()).isEqualTo(Engine.SQLITE);
            assertThat(absolute.path()).isEqualTo("/var/lib/my volume@1?.db");
            assertThat(MetaUrl.parse(scheme + "://volume.db", NOTHING).path()).isEqualTo("volume.db");
        }
    }

    @Test
    void serversHaveUsersHostsDatabasesAndParameters() throws Exception {
        MetaUrl url = MetaUrl.parse(
                "postgres://leat:p%40ss%2Fw+rd@db1:5432,[::1]:5433/volumes?sslmode=verify-full&sslrootcert=%2Fca.pem",
                NOTHING);
        assertThat(url.engine()).isEqualTo(Engine.POSTGRES);
        assertThat(url.user()).isEqualTo("leat");
        assertThat(url.password()).isEqualTo("p@ss/w+rd");
        assertThat(url.hosts()).isEqualTo("db1:5432,[::1]:5433");
        assertThat(url.path()).isEqualTo("volumes");
        assertThat(url.parameters())
                .containsExactly(Map.entry("sslmode", "verify-full"), Map.entry("sslrootcert", "/ca.pem"));
        assertThat(MetaUrl.parse("postgresql://h/d", NOTHING).engine()).isEqualTo(Engine.POSTGRES);

        MetaUrl redis = MetaUrl.parse("redis://:secret@h/3", NOTHING);
        assertThat(redis.engine()).isEqualTo(Engine.REDIS);
        assertThat(redis.user()).isNull();
        assertThat(redis.password()).isEqualTo("secret");
        assertThat(redis.path()).isEqualTo("3");
        assertThat(MetaUrl.parse("rediss://h", NOTHING).engine()).isEqualTo(Engine.REDIS_TLS);
    }

    @Test
    void passwordsAreNeverShown() throws Exception {
        for (String text : new String[] {
            "postgres://leat:hunter2@h/d",
            "redis://:hunter2@h",
            "redis://:hunt@hunter2@h",
            "postgres://h/d?password=hunter2",
            "postgres://u@h/d?sslmode=x&sslpassword=hunter2"
        }) {
            assertThat(MetaUrl.parse(text, NOTHING).redacted()).doesNotContain("hunter2");
            assertThat(MetaUrl.parse(text, NOTHING)).asString().doesNotContain("hunter2");
        }
        assertThat(MetaUrl.parse("postgres://leat:hunter2@h/d", NOTHING).redacted())
                .isEqualTo("postgres://leat:****@h/d");
        for (String broken :
                new String[] {"postgres://u:hunter2@/d", "postgres://u:hunter2%@h/d", "u:hunter2@h", "pg://u:hunter2@h"
                }) {
            assertThatThrownBy(() -> MetaUrl.parse(broken, NOTHING)).satisfies(e -> {
                assertThat(((MetaException) e).kind()).isEqualTo(MetaException.Kind.INVALID);
                assertThat(e.getMessage()).doesNotContain("hunter2").doesNotContain("\n");
            });
        }
    }

    @Test
    void passwordsComeFromTheEnvironmentOrAFile(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("password"), "from file\n");
        Map<String, String> both =
                Map.of(MetaUrl.PASSWORD_VARIABLE, "from variable", MetaUrl.PASSWORD_FILE_VARIABLE, file.toString());
        Map<String, String> onlyFile = Map.of(MetaUrl.PASSWORD_FILE_VARIABLE, file.toString());
        assertThat(MetaUrl.parse("redis://:url@h", both).password()).isEqualTo("url");
        assertThat(MetaUrl.parse("redis://h", both).password()).isEqualTo("from variable");
        assertThat(MetaUrl.parse("postgres://u@h/d", onlyFile).password()).isEqualTo("from file");
        assertThat(MetaUrl.parse("redis://h", NOTHING).password()).isNull();
        Map<String, String> missing =
                Map.of(MetaUrl.PASSWORD_FILE_VARIABLE, dir.resolve("none").toString());
        assertThatThrownBy(() -> MetaUrl.parse("redis://h", missing)).hasMessageContaining("none");
        Files.writeString(file, "");
        assertThatThrownBy(() -> MetaUrl.parse("redis://h", onlyFile)).hasMessageContaining("is empty");
    }

    @Test
    void unknownSchemesAreRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> MetaUrl.parse("sqlight:///v.db", NOTHING))
                .isInstanceOfSatisfying(MetaException.class, e -> {
                    assertThat(e.kind()).isEqualTo(MetaException.Kind.INVALID);
                    assertThat(e.getMessage())
                            .contains("sqlight", "sqlite://", "sqlite3://", "postgres://", "postgresql://")
                            .contains("redis://", "rediss://")
                            .doesNotContain("\n");
                });
        for (String bad :
                new String[] {"", "/var/v.db", "://x", "sqlite://", "sqlite:///dir/", "redis:///1", "postgres://"}) {
            assertThatThrownBy(() -> MetaUrl.parse(bad, NOTHING)).as(bad).isInstanceOf(MetaException.class);
        }
    }
}

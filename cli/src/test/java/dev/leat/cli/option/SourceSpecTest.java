package dev.leat.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cli.CliException;
import dev.leat.store.StoreLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How sources of a tree are described. */
class SourceSpecTest {
    private static SourceFlags flags(SourceSpec spec) {
        return new SourceFlags(spec, new StoreFlags(), new DatasetFlags(), new StoreLimits(7, 8, 9, 10));
    }

    @Test
    void aFlagSaysAllThatAFileSays() {
        SourceSpec flag = SourceSpec.parse(
                "img=s3://b/p,q,path=/a//b/,endpoint=http://h:1,freshness=etag,ttl=1m,secret-key-file=/s,access-key-file=/k");
        TreeFile file = TreeFile.parse("f.yaml", """
                name: all
                mounts:
                  - name: img
                    path: /a/b
                    mountPoint: s3://b/p,q
                    readOnly: true
                    options: {endpoint: "http://h:1", freshness: "etag,ttl=1m"}
                    credentials: {secret-key-file: /s, access-key-file: /k}
                """);
        assertThat(file.name()).isEqualTo("all");
        assertThat(file.sources().getFirst().path()).isEqualTo("a/b");
        assertThat(flag).isEqualTo(file.sources().getFirst());
        assertThat(SourceSpec.of(flag.fields())).isEqualTo(flag);
        assertThat(SourceSpec.parse("x=file:///d").path()).isEqualTo("x");
        assertThat(SourceSpec.parse("x=file:///d,path=/").path()).isEmpty();
    }

    @Test
    void optionsOfOneStandBeforeThoseOfTheMount() {
        SourceFlags own = flags(SourceSpec.parse("x=s3://b,freshness=etag,ttl=1m,uid=5,file-mode=640,request-limit=3"));
        assertThat(own.freshness().atOpen()).isTrue();
        assertThat(own.freshness().ttl()).isEqualTo(Duration.ofMinutes(1));
        assertThat(own.ownership().uid()).isEqualTo(5);
        assertThat(own.ownership().fileMode()).isEqualTo(0640);
        assertThat(own.options().limits()).isEqualTo(new StoreLimits(7, 3, 0, 10));
    }

    @Test
    void keysComeFromFilesAndAreNotShown(@TempDir Path folder) throws Exception {
        Path key = Files.writeString(folder.resolve("key"), "AKIA\n");
        Path secret = Files.writeString(folder.resolve("secret"), "hush\n");
        SourceSpec spec = SourceSpec.parse("x=s3://b,access-key-file=%s,secret-key-file=%s".formatted(key, secret));
        assertThat(flags(spec).options()).isNotNull();
        assertThat(spec.toString()).doesNotContain("hush").doesNotContain("AKIA");
        SourceSpec gone = SourceSpec.parse("x=s3://b,access-key-file=%s,secret-key-file=/none".formatted(key));
        assertThatThrownBy(() -> flags(gone).options()).hasMessageContaining("/none");
        SourceSpec half = SourceSpec.parse("x=s3://b,access-key-file=%s".formatted(key));
        assertThatThrownBy(() -> flags(half).options()).hasMessageContaining("secret-key-file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///d",
                "a/b=file:///d",
                "x=sqlite:///d",
                "x=file:///d,path=/a/../b",
                "x=file:///d,colour=red",
                "x=file:///d,freshness=never",
                "x=file:///d,uid=me",
                "x=https://user:word@host/"
            })
    void whatIsWrongIsMisuse(String text) {
        assertThatThrownBy(() -> {
                    SourceFlags flags = flags(SourceSpec.parse(text));
                    flags.freshness();
                })
                .isInstanceOf(CliException.class)
                .hasMessageNotContaining("user:word");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mounts: [ {",
                "name: x",
                "mounts: [a]",
                "mounts: [{name: a}]",
                "{mounts: [], other: 1}",
                "mounts: [{name: a, source: 'file:///d', readOnly: false}]",
                "mounts: [{name: a, source: 'file:///d', secret: x}]",
                "mounts: [{name: a, source: 'file:///d'}, {name: a, source: 'file:///e'}]",
                "!!java.io.File [x]"
            })
    void aFileThatIsWrongIsRefusedInOneLine(String text) {
        assertThatThrownBy(() -> TreeFile.parse("f.yaml", text))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("f.yaml")
                .hasMessageNotContaining("\n");
        assertThat(TreeFile.parse("f.yaml", "mounts: []").sources()).isEqualTo(List.of());
    }
}

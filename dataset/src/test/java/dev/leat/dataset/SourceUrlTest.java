package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of sources. */
class SourceUrlTest {
    @Test
    void bucketsOfGoogle() {
        assertThat(SourceUrl.parse("gs://bucket")).isEqualTo(new SourceUrl.Google("bucket", ""));
        assertThat(SourceUrl.parse("GS://bucket/a b/c/")).isEqualTo(new SourceUrl.Google("bucket", "a b/c/"));
    }

    @Test
    void containersOfAzure() {
        assertThat(SourceUrl.parse("az://data/x")).isEqualTo(new SourceUrl.Azure(null, null, "data", "x/"));
        assertThat(SourceUrl.parse("az://$web")).isEqualTo(new SourceUrl.Azure(null, null, "$web", ""));
        assertThat(SourceUrl.parse("abfs://data@account/x/y"))
                .isEqualTo(new SourceUrl.Azure("account", null, "data", "x/y/"));
        assertThat(SourceUrl.parse("abfss://data@account.dfs.core.windows.net/"))
                .isEqualTo(new SourceUrl.Azure("account", "account.blob.core.windows.net", "data", ""));
    }

    @Test
    void fileSystemsOfHadoop() {
        assertThat(SourceUrl.parse("hdfs://nn:8020/data//sets/"))
                .isEqualTo(new SourceUrl.Hadoop(URI.create("hdfs://nn:8020"), "/data/sets"));
        assertThat(SourceUrl.parse("hdfs:///data")).isEqualTo(new SourceUrl.Hadoop(null, "/data"));
        assertThat(SourceUrl.parse("hdfs://service"))
                .isEqualTo(new SourceUrl.Hadoop(URI.create("hdfs://service"), "/"));
        assertThat(SourceUrl.parse("webhdfs://nn/data"))
                .isEqualTo(new SourceUrl.WebHadoop(URI.create("http://nn:9870"), "/data"));
        assertThat(SourceUrl.parse("swebhdfs://nn:14000/"))
                .isEqualTo(new SourceUrl.WebHadoop(URI.create("https://nn:14000"), "/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gs://",
                "gs:///x",
                "gs://key:secret@bucket/x",
                "gs://bucket/a//b",
                "gs://bucket/../b",
                "az://",
                "az://a b/",
                "abfss://data@/x",
                "abfss://data@key:secret@account/x",
                "abfss://@account/x",
                "hdfs://user:secret@nn/x",
                "hdfs://nn:port/x",
                "hdfs://nn:1/a/../b",
                "webhdfs://",
                "webhdfs:///x",
                "webhdfs://user:secret@nn/x",
                "ftp://host/x",
                "/data",
            })
    void whatCannotBeReadIsRefusedInOneLine(String text) {
        assertThatThrownBy(() -> SourceUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("\n")
                .hasMessageNotContaining("secret");
    }

    @Test
    void sourcesAreToldFromVolumes() {
        for (String source :
                new String[] {"gs://b", "az://c", "abfs://c@a", "abfss://c@a", "hdfs://n", "webhdfs://n"}) {
            assertThat(SourceUrl.isSource(source)).as(source).isTrue();
        }
        assertThat(SourceUrl.isSource("redis://localhost/1")).isFalse();
        assertThat(SourceUrl.isSource("volume")).isFalse();
    }
}

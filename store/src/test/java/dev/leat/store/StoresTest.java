package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract through all decorators, and how stores are named. */
class StoresTest extends ObjectStoreContract {
    @TempDir
    private Path directory;

    @Override
    protected ObjectStore open(String space) throws Exception {
        StoreOptions options =
                StoreOptions.DEFAULT.makingDirectory().withLimits(new StoreLimits(8, 100_000, 1L << 40, 1L << 40));
        return Stores.open(StoreUrl.parse("file://" + directory.resolve(space)), options)
                .store();
    }

    @Override
    protected boolean longParts() {
        return false;
    }

    @Test
    void aMissingDirectoryIsMadeOnlyWhenAsked() throws Exception {
        StoreUrl url = StoreUrl.parse("file://" + directory + "/new/dir");
        assertThatThrownBy(() -> Stores.open(url, StoreOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                .hasMessageContaining("create it");
        Stores.open(url, StoreOptions.DEFAULT.makingDirectory()).close();
        assertThat(directory.resolve("new/dir")).isDirectory();
        Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> Stores.open(StoreUrl.parse("file://" + directory + "/file"), StoreOptions.DEFAULT))
                .hasMessageContaining("is a file");
    }

    @Test
    void aBucketOpensWithoutAsking() throws Exception {
        StoreOptions options = StoreOptions.DEFAULT.withS3(URI.create("http://127.0.0.1:1"), s3 -> s3.pathStyle(true));
        try (OpenStore open = Stores.open(StoreUrl.parse("s3://bucket/data"), options)) {
            assertThat(open.store().location()).contains("s3://bucket/data/").contains("127.0.0.1");
        }
        assertThatThrownBy(() -> Stores.open(StoreUrl.parse("https://other/bucket"), options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two servers");
    }

    @Test
    void urlsAreRead() {
        assertThat(StoreUrl.parse("file:///data/my dir/")).isEqualTo(new StoreUrl.Directory(Path.of("/data/my dir")));
        assertThat(StoreUrl.parse("s3://bucket")).isEqualTo(new StoreUrl.Bucket("bucket", "", null));
        assertThat(StoreUrl.parse("S3://bucket/")).isEqualTo(new StoreUrl.Bucket("bucket", "", null));
        assertThat(StoreUrl.parse("s3://bucket/a/b/")).isEqualTo(new StoreUrl.Bucket("bucket", "a/b/", null));
        assertThat(StoreUrl.parse("http://127.0.0.1:9000/bucket/p"))
                .isEqualTo(new StoreUrl.Bucket("bucket", "p/", URI.create("http://127.0.0.1:9000")));
        assertThat(StoreUrl.parse("https://my.bucket.s3.eu-central-1.amazonaws.com"))
                .isEqualTo(new StoreUrl.Bucket("my.bucket", "", URI.create("https://s3.eu-central-1.amazonaws.com")));
        assertThat(StoreUrl.parse("https://s3.eu-central-1.amazonaws.com/bucket/x"))
                .isEqualTo(new StoreUrl.Bucket("bucket", "x/", URI.create("https://s3.eu-central-1.amazonaws.com")));
        assertThat(StoreUrl.parse("s3://bucket/a")).hasToString("s3://bucket/a/");
        assertThat(StoreUrl.parse("file:///data")).hasToString("file:///data");
    }

    @Test
    void badUrlsSayWhatCanBeWritten() {
        assertBad("gopher://hole", "no store speaks gopher://", "file:///DIRECTORY, s3://BUCKET/PREFIX");
        assertBad("/data/store", "for this directory file:///data/store");
        assertBad("", "is no store");
        assertBad("file://data", "three slashes", "file:///data");
        assertBad("s3://", "names no bucket");
        assertBad("s3:///prefix", "names no bucket");
        assertBad("s3://bucket//x", "prefix");
        assertBad("s3://bucket/../x", "prefix");
        assertBad("s3://buck et", "no bucket name");
        assertBad("https://minio:9000", "names no bucket");
        assertBad("https://minio:9000/", "names no bucket");
        assertBad("https://mi nio/bucket", "no valid host");
        for (String url : new String[] {"s3://AKIA123:geheim@bucket/x", "https://AKIA123:geheim@host/bucket"}) {
            assertBad(url, "holds credentials", "AWS_ACCESS_KEY_ID");
            assertThatThrownBy(() -> StoreUrl.parse(url))
                    .satisfies(e ->
                            assertThat(e.getMessage()).doesNotContain("geheim").doesNotContain("AKIA123"));
        }
    }

    private static void assertBad(String url, String... parts) {
        assertThatThrownBy(() -> StoreUrl.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).doesNotContain("\n"));
    }
}

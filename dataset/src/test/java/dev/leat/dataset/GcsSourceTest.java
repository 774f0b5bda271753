package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.gcs.GcsSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.web.Addresses;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.FakeGcsServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Buckets of Google Cloud Storage, at a server that speaks its JSON API. */
class GcsSourceTest extends SourceContract {
    private static @Nullable FakeGcsServer server;
    private static int buckets;

    private String bucket = "";

    @BeforeAll
    static void start() throws IOException {
        Requires.toolchain(FakeGcsServer.binary().isPresent(), FakeGcsServer.howToGet());
        server = FakeGcsServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static FakeGcsServer server() {
        assertThat(server).isNotNull();
        return server;
    }

    private static Source open(String bucket) throws StoreException {
        StoreOptions options = StoreOptions.DEFAULT
                .withS3(server().endpoint(), s3 -> s3)
                .withCloud(new StoreOptions.Cloud(null, true, false));
        return new GcsSource(bucket, "pre/fix/", options, Map.of(), "leat-test", null);
    }

    @Override
    protected Source open() throws Exception {
        bucket = "data-" + buckets++;
        server().createBucket(bucket);
        return open(bucket);
    }

    @Override
    protected void put(String path, byte[] bytes) throws IOException {
        server().put(bucket, Addresses.escape("pre/fix/" + path), bytes);
    }

    @Override
    protected void remove(String path) throws IOException {
        server().remove(bucket, Addresses.escape("pre/fix/" + path));
    }

    @Override
    protected boolean knowsDirectories() {
        return false;
    }

    @Test
    void theMarkOfADirectoryIsNoName() throws Exception {
        put("d/", new byte[0]);
        put("d/f", new byte[1]);
        try (Source source = open(bucket)) {
            StringBuilder names = new StringBuilder();
            source.list("d", entry -> {
                names.append(entry.name()).append(' ');
                return true;
            });
            assertThat(names.toString()).isEqualTo("f ");
        }
    }

    @Test
    void aBucketThatIsNotThereIsNamed() throws Exception {
        try (Source source = open("nobodys-bucket")) {
            assertThatThrownBy(() -> source.list("", _ -> true))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                    .hasMessageContaining("there is no bucket nobodys-bucket")
                    .hasMessageNotContaining("\n");
            assertThatThrownBy(() -> source.read("f", Facts.file(1, 1, "7"), 0, ByteBuffer.allocate(1)))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
        }
    }
}

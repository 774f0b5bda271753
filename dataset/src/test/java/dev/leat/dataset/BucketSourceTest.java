package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.dataset.source.Source;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.s3.S3Credentials;
import dev.leat.testing.s3.FaultyS3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Buckets, at the test server. */
class BucketSourceTest extends SourceContract {
    private static @Nullable FaultyS3Server server;
    private static int buckets;

    private String bucket = "";
    private @Nullable ObjectStore writer;

    @BeforeAll
    static void start() throws IOException {
        server = FaultyS3Server.start(1);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static StoreOptions options() {
        assertThat(server).isNotNull();
        return StoreOptions.DEFAULT.withS3(
                server.endpoint(),
                to -> to.credentials(new S3Credentials.Keys("key", "secret", null))
                        .warm(false));
    }

    @Override
    protected Source open() throws Exception {
        assertThat(server).isNotNull();
        bucket = "data-" + buckets++;
        server.createBucket(bucket);
        writer = Stores.open(StoreUrl.parse("s3://" + bucket + "/pre/fix"), options())
                .store();
        return Sources.open(SourceUrl.parse("s3://" + bucket + "/pre/fix"), options(), "test", null);
    }

    @Override
    protected void put(String path, byte[] bytes) throws IOException {
        assertThat(writer).isNotNull();
        writer.put(path, ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
    }

    @Override
    protected void remove(String path) throws IOException {
        assertThat(writer).isNotNull();
        writer.delete(List.of(path));
    }

    @Override
    protected boolean knowsDirectories() {
        return false;
    }

    @Test
    void aFileAndADirectoryMayHaveOneName() throws Exception {
        try (Source source = open()) {
            put("a", new byte[1]);
            put("a/b", new byte[1]);
            Set<String> seen = new TreeSet<>();
            source.list("", entry -> seen.add(entry.name() + " " + entry.facts().kind()));
            assertThat(seen).containsExactly("a DIRECTORY", "a FILE");
        }
    }
}

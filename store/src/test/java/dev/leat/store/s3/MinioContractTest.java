package dev.leat.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.ObjectStore;
import dev.leat.store.ObjectStoreContract;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.MinioServer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The store's contract at a real MinIO server. */
class MinioContractTest extends ObjectStoreContract {
    private static @Nullable MinioServer server;

    @BeforeAll
    static void start() throws Exception {
        Requires.that(MinioServer.binary().isPresent(), MinioServer.howToGet());
        server = MinioServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected ObjectStore open(String space) throws IOException {
        return S3Store.open(options(space).build());
    }

    private static S3Options.Builder options(String space) throws IOException {
        assertThat(server).isNotNull();
        server.createBucket(space);
        return S3Options.builder(space)
                .endpoint(server.endpoint())
                .credentials(new S3Credentials.Keys(MinioServer.ACCESS_KEY, MinioServer.SECRET_KEY, null));
    }

    /** MinIO keeps a key as a path in its file system. */
    @Override
    protected boolean longParts() {
        return false;
    }

    /** MinIO lists the uploads of one key only. */
    @Override
    protected boolean pendingByAnyPrefix() {
        return false;
    }

    @Test
    void theServerIsRecognised() throws Exception {
        try (Connection connection = new Connection(options("recognised").build())) {
            assertThat(connection.dialect()).isEqualTo(Dialect.MINIO);
        }
    }
}

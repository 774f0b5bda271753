package dev.leat.dataset.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.ObjectStore;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.s3.S3Credentials;
import dev.leat.testing.s3.FaultyS3Server;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** In a bucket. */
class BucketRegistryTest extends RegistryContract {
    private static @Nullable FaultyS3Server server;
    private static int buckets;

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

    @Override
    ObjectStore store() throws Exception {
        assertThat(server).isNotNull();
        String bucket = "registry-" + buckets++;
        server.createBucket(bucket);
        StoreOptions options = StoreOptions.DEFAULT.withS3(
                server.endpoint(),
                to -> to.credentials(new S3Credentials.Keys("key", "secret", null))
                        .warm(false));
        return Stores.open(StoreUrl.parse("s3://" + bucket + "/pre"), options).store();
    }
}

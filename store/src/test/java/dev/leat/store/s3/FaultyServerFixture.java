package dev.leat.store.s3;

import dev.leat.testing.s3.FaultyS3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;

/** Stores on a server of this JVM. */
final class FaultyServerFixture {
    static final S3Credentials KEYS = new S3Credentials.Keys("test-access-key", "test-secret-key", null);

    private FaultyServerFixture() {}

    static FaultyS3Server start(long seed) {
        try {
            return FaultyS3Server.start(seed);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the test server", e);
        }
    }

    /** Options for a bucket of its own. */
    static S3Options options(FaultyS3Server server, String bucket, UnaryOperator<S3Options.Builder> more) {
        server.createBucket(bucket);
        return more.apply(S3Options.builder(bucket)
                        .endpoint(server.endpoint())
                        .credentials(KEYS)
                        .warm(false))
                .build();
    }
}

package dev.leat.store.s3;

import dev.leat.store.ObjectStore;
import dev.leat.store.ObjectStoreContract;
import dev.leat.testing.s3.FaultyS3Server;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;

/** The store's contract at the test server, in each way of speaking S3. */
class S3StoreContractTest {
    private static final FaultyS3Server SERVER = FaultyServerFixture.start(1);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    /** A server that nothing is known about: conditions are probed, bodies signed. */
    @Nested
    class Recognised extends ObjectStoreContract {
        @Override
        protected ObjectStore open(String space) {
            return S3Store.open(FaultyServerFixture.options(SERVER, "r-" + space, o -> o));
        }
    }

    /** Checksums with every body. */
    @Nested
    class AwsDialect extends ObjectStoreContract {
        @Override
        protected ObjectStore open(String space) {
            Dialect dialect = Dialect.AWS.withPathStyle(true);
            return S3Store.open(FaultyServerFixture.options(SERVER, "a-" + space, o -> o.dialect(dialect)));
        }
    }

    /** The old list call, single deletes, and no conditions. */
    @Nested
    class OldServer extends ObjectStoreContract {
        @Override
        protected ObjectStore open(String space) {
            Dialect dialect = Dialect.GENERIC
                    .withListVersion(1)
                    .withBatchDelete(false)
                    .withConditionalPut(Dialect.ConditionalPut.ABSENT);
            return S3Store.open(FaultyServerFixture.options(SERVER, "o-" + space, o -> o.dialect(dialect)));
        }
    }

    /** The bucket in the host name, which no name server knows: the server is reached as a proxy. */
    @Nested
    class VirtualHostThroughProxy extends ObjectStoreContract {
        @Override
        protected ObjectStore open(String space) {
            S3Proxy proxy = new S3Proxy(SERVER.endpoint(), null, null, Set.of());
            return S3Store.open(FaultyServerFixture.options(
                    SERVER,
                    "v-" + space,
                    o -> o.endpoint(URI.create("http://s3.test")).proxy(proxy).dialect(Dialect.AWS)));
        }
    }
}

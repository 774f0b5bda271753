package dev.leat.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.MultipartUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.testing.s3.Fault;
import dev.leat.testing.s3.FaultyS3Server;
import dev.leat.testing.s3.S3Operation;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What the options make of the requests. */
class S3HeadersTest {
    private static final FaultyS3Server SERVER = FaultyServerFixture.start(3);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    private static void useAll(UnaryOperator<S3Options.Builder> more) throws Exception {
        SERVER.traffic().reset();
        try (S3Store store = S3Store.open(FaultyServerFixture.options(SERVER, "b", more))) {
            store.put("k", ByteBuffer.allocate(100), PutCondition.ALWAYS);
            store.get("k", 0, ByteBuffer.allocate(100), null);
            store.head("k");
            MultipartUpload upload = store.upload("u");
            upload.part(1, ByteBuffer.allocate(10));
            upload.complete(PutCondition.ALWAYS);
        }
    }

    private static Map<String, String> headers(S3Operation operation) {
        return SERVER.traffic().lastHeaders(operation);
    }

    @Test
    void encryption() throws Exception {
        String sse = "x-amz-server-side-encryption";
        useAll(o -> o.encryption(new S3Encryption.ServerKeys()));
        assertThat(headers(S3Operation.PUT_OBJECT)).containsEntry(sse, "AES256");
        assertThat(headers(S3Operation.CREATE_UPLOAD)).containsEntry(sse, "AES256");
        assertThat(headers(S3Operation.GET_OBJECT)).doesNotContainKey(sse);
        assertThat(headers(S3Operation.UPLOAD_PART)).doesNotContainKey(sse);

        useAll(o -> o.encryption(new S3Encryption.Kms("key-7")));
        assertThat(headers(S3Operation.PUT_OBJECT))
                .containsEntry(sse, "aws:kms")
                .containsEntry(sse + "-aws-kms-key-id", "key-7");

        byte[] key = new byte[32];
        useAll(o -> o.encryption(new S3Encryption.CustomerKey(key)));
        for (S3Operation operation : new S3Operation[] {
            S3Operation.PUT_OBJECT,
            S3Operation.GET_OBJECT,
            S3Operation.HEAD_OBJECT,
            S3Operation.CREATE_UPLOAD,
            S3Operation.UPLOAD_PART
        }) {
            assertThat(headers(operation))
                    .containsEntry(sse + "-customer-algorithm", "AES256")
                    .containsKey(sse + "-customer-key")
                    .containsKey(sse + "-customer-key-md5");
            assertThat(headers(operation).get("authorization")).contains(sse + "-customer-key;");
        }
        assertThatThrownBy(() -> new S3Encryption.CustomerKey(new byte[16]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32 bytes");
    }

    @Test
    void requesterPaysAndAnonymous() throws Exception {
        useAll(o -> o.requesterPays(true));
        assertThat(headers(S3Operation.GET_OBJECT))
                .containsEntry("x-amz-request-payer", "requester")
                .containsKey("authorization");
        useAll(o -> o.credentials(new S3Credentials.Anonymous()));
        assertThat(headers(S3Operation.GET_OBJECT)).doesNotContainKey("authorization");
        assertThat(headers(S3Operation.PUT_OBJECT)).doesNotContainKey("authorization");
    }

    @Test
    void checksumsOrSignedBodies() throws Exception {
        useAll(o -> o.dialect(Dialect.AWS.withPathStyle(true)));
        for (S3Operation operation : new S3Operation[] {S3Operation.PUT_OBJECT, S3Operation.UPLOAD_PART}) {
            assertThat(headers(operation))
                    .containsKey("x-amz-checksum-crc32c")
                    .containsEntry("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
                    .doesNotContainKey("x-amz-trailer")
                    .doesNotContainKey("expect");
        }
        assertThat(headers(S3Operation.GET_OBJECT)).containsEntry("x-amz-checksum-mode", "ENABLED");

        useAll(o -> o.dialect(Dialect.GENERIC));
        assertThat(headers(S3Operation.PUT_OBJECT)).doesNotContainKey("x-amz-checksum-crc32c");
        assertThat(headers(S3Operation.PUT_OBJECT).get("x-amz-content-sha256")).hasSize(64);
        assertThat(headers(S3Operation.GET_OBJECT)).doesNotContainKey("x-amz-checksum-mode");
    }

    @Test
    void serversAreRecognised() {
        assertThat(Dialect.ofAnswer("MinIO", "")).isEqualTo(Dialect.MINIO);
        assertThat(Dialect.ofAnswer("AmazonS3", "")).isEqualTo(Dialect.AWS);
        assertThat(Dialect.ofAnswer("", "tx000001234567890abcdef-0061")).isEqualTo(Dialect.CEPH);
        assertThat(Dialect.ofAnswer("nginx", "4442587FB7D0A2F9")).isEqualTo(Dialect.GENERIC);
        assertThat(Dialect.isAws(URI.create("https://s3.eu-central-1.amazonaws.com")))
                .isTrue();
        assertThat(Dialect.isAws(URI.create("https://amazonaws.com.example.org")))
                .isFalse();
        assertThatThrownBy(() -> Dialect.named("gopher")).hasMessageContaining("choose aws");
    }

    @Test
    void conditionsAreProbedOnce() throws Exception {
        SERVER.traffic().reset();
        try (S3Store store = S3Store.open(FaultyServerFixture.options(SERVER, "probe", o -> o))) {
            assertThat(store.capabilities().conditionalPut()).isTrue();
            assertThat(store.capabilities().conditionalPut()).isTrue();
            assertThat(SERVER.traffic().requests(S3Operation.PUT_OBJECT)).isEqualTo(2);
            assertThat(SERVER.keys("probe")).isEmpty();
        }
    }

    /** Whatever request of the probe fails for a moment, nothing is written without the condition, then or later. */
    @Test
    void aProbeThatFailsForAMomentIsRepeated() throws Exception {
        for (int answered = 0; answered < 2; answered++) {
            String bucket = "unsure" + answered;
            try (S3Store store = S3Store.open(FaultyServerFixture.options(SERVER, bucket, o -> o))) {
                SERVER.put(bucket, "key", new byte[] {1});
                Fault fault = answered == 0 ? Fault.SLOW_DOWN : Fault.LOST_REPLY;
                SERVER.faults().next(fault, 1, S3Operation.PUT_OBJECT);
                assertThat(store.capabilities().conditionalPut()).isFalse();
                SERVER.faults().next(fault, 1, S3Operation.PUT_OBJECT);
                assertRefused(store, true);
                assertRefused(store, false);
                assertThat(store.capabilities().conditionalPut()).isTrue();
                assertThat(SERVER.object(bucket, "key")).containsExactly(1);
                assertThat(SERVER.keys(bucket)).containsExactly("key");
            }
        }
    }

    private static void assertRefused(S3Store store, boolean forAMoment) {
        assertThatThrownBy(() -> store.put("key", ByteBuffer.allocate(1), PutCondition.IF_ABSENT))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind().retryable()).isEqualTo(forAMoment));
    }

    @Test
    void aServerThatRefusesConditionsIsProbedOnce() throws Exception {
        try (S3Store store = S3Store.open(FaultyServerFixture.options(SERVER, "refusing", o -> o))) {
            SERVER.traffic().reset();
            SERVER.refuseNext(S3Operation.PUT_OBJECT, 501, "NotImplemented", "no conditions here", Map.of());
            assertThat(store.capabilities().conditionalPut()).isFalse();
            assertThat(store.capabilities().conditionalPut()).isFalse();
            assertThat(SERVER.traffic().requests(S3Operation.PUT_OBJECT)).isEqualTo(1);
        }
    }

    @Test
    void serversWithoutBatchesAreLearnt() throws Exception {
        SERVER.traffic().reset();
        try (S3Store store =
                S3Store.open(FaultyServerFixture.options(SERVER, "single", o -> o.dialect(Dialect.GENERIC)))) {
            for (String key : new String[] {"a", "b", "c"}) {
                store.put(key, ByteBuffer.allocate(1), PutCondition.ALWAYS);
            }
            SERVER.refuseNext(S3Operation.DELETE_OBJECTS, 501, "NotImplemented", "no batches here", Map.of());
            assertThat(store.delete(java.util.List.of("a", "b"))).isEmpty();
            assertThat(store.delete(java.util.List.of("c", "d"))).isEmpty();
            assertThat(SERVER.keys("single")).isEmpty();
            assertThat(SERVER.traffic().requests(S3Operation.DELETE_OBJECTS)).isEqualTo(1);
            assertThat(SERVER.traffic().requests(S3Operation.DELETE_OBJECT)).isEqualTo(4);
        }
    }

    @Test
    void secretsDoNotShow() {
        S3Options options = FaultyServerFixture.options(
                SERVER,
                "b",
                o -> o.credentials(new S3Credentials.Keys("AKID", "hush-hush", "hush-token"))
                        .encryption(new S3Encryption.CustomerKey(new byte[32]))
                        .proxy(new S3Proxy(URI.create("http://proxy:3128"), "me", "hush-proxy", java.util.Set.of())));
        assertThat(options.toString()).doesNotContain("hush");
        assertThatThrownBy(() -> S3Options.builder("b")
                        .endpoint(URI.create("https://user:hush@host"))
                        .build())
                .hasMessageNotContainingAny("hush", "user");
    }
}

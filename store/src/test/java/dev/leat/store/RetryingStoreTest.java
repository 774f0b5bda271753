package dev.leat.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import dev.leat.store.file.FileStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retries, and what becomes of requests whose reply was lost. */
@SuppressWarnings("NullAway.Init") // set before each test
class RetryingStoreTest {
    private static final RetryPolicy POLICY =
            new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10), 0.1, 10);

    @TempDir
    private Path directory;

    private final ManualPauses pauses = new ManualPauses();
    private FileStore file;
    private ScriptedStore script;
    private RetryingStore store;

    @BeforeEach
    void open() throws Exception {
        file = FileStore.open(directory);
        script = new ScriptedStore(file);
        store = new RetryingStore(script, POLICY, pauses);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void pausesGrowUpToTheirLimit() throws Exception {
        put("o", "x");
        for (int i = 0; i < 4; i++) {
            script.fail(StoreOperation.HEAD, Kind.UNAVAILABLE);
        }
        assertThat(store.head("o").sizeBytes()).isEqualTo(1);
        assertThat(pauses.pausesMs()).containsExactly(100L, 200L, 400L, 800L);
        assertThat(store.retries()).isEqualTo(4);
    }

    @Test
    void throttlingPausesLonger() throws Exception {
        put("o", "x");
        script.fail(StoreOperation.HEAD, Kind.THROTTLED).fail(StoreOperation.HEAD, Kind.THROTTLED);
        store.head("o");
        assertThat(pauses.pausesMs()).containsExactly(800L, 1000L);
    }

    @Test
    void attemptsAreCounted() {
        for (int i = 0; i < 9; i++) {
            script.fail(StoreOperation.LIST, Kind.UNAVAILABLE);
        }
        assertKind(Kind.UNAVAILABLE, () -> store.list("", null, null, 1), "gave up after 5 attempts");
        assertThat(script.left()).isEqualTo(4);
    }

    @Test
    void theDeadlineEndsRetries() {
        RetryPolicy policy =
                new RetryPolicy(100, Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(10), 1, 100);
        RetryingStore patient = new RetryingStore(script, policy, pauses);
        for (int i = 0; i < 20; i++) {
            script.fail(StoreOperation.HEAD, Kind.UNAVAILABLE);
        }
        assertKind(Kind.UNAVAILABLE, () -> patient.head("o"), "gave up after 4 attempts in 7000 ms");
        assertThat(pauses.pausesMs()).containsExactly(1000L, 2000L, 4000L);
    }

    @Test
    void whatCannotSucceedIsNotRepeated() {
        for (Kind kind : List.of(Kind.NOT_FOUND, Kind.DENIED, Kind.INVALID, Kind.FULL, Kind.PRECONDITION_FAILED)) {
            script.fail(StoreOperation.PUT, kind);
            assertKind(kind, () -> put("o", "x"), "by script");
        }
        assertThat(script.requests()).hasSize(5);
        assertThat(pauses.pausesMs()).isEmpty();
    }

    @Test
    void theBudgetBoundsTheLoadOfATroubledStore() throws Exception {
        // A store that fails everything: 1,000 calls of up to 5 attempts each, while no time passes for the floor.
        RetryPolicy policy =
                new RetryPolicy(5, Duration.ofNanos(1), Duration.ofNanos(1), Duration.ofSeconds(10), 0.1, 10);
        RetryingStore eager = new RetryingStore(script, policy, pauses);
        for (int i = 0; i < 6000; i++) {
            script.fail(StoreOperation.HEAD, Kind.UNAVAILABLE);
        }
        for (int i = 0; i < 1000; i++) {
            assertThatThrownBy(() -> eager.head("o")).isInstanceOf(StoreException.class);
        }
        // 10 s of the floor saved up, and a tenth of 1,000.
        assertThat(eager.retries()).isBetween(195L, 200L);
        assertThat(eager.refusedByBudget()).isGreaterThan(900);
        pauses.advance(1_000_000_000L);
        long before = eager.retries();
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> eager.head("o")).isInstanceOf(StoreException.class);
        }
        assertThat(eager.retries() - before).isBetween(10L, 11L);
    }

    @Test
    void aReadStartsAgainWhereItBegan() throws Exception {
        put("o", "0123456789");
        script.fail(StoreOperation.GET, Kind.CORRUPT).loseReply(StoreOperation.GET);
        ByteBuffer destination = ByteBuffer.allocate(10).position(2).limit(6);
        store.get("o", 3, destination, null);
        assertThat(destination.position()).isEqualTo(6);
        assertThat(new String(destination.array(), 2, 4, UTF_8)).isEqualTo("3456");
    }

    @Test
    void aLostReplyOfACreationIsRecognised() throws Exception {
        script.loseReply(StoreOperation.PUT);
        ObjectInfo info = store.put("o", text("mine"), PutCondition.IF_ABSENT);
        assertThat(info).isEqualTo(file.head("o"));

        script.loseReply(StoreOperation.PUT);
        assertThat(store.put("empty", text(""), PutCondition.IF_ABSENT).sizeBytes())
                .isZero();
    }

    @Test
    void aLostReplyOfAReplacementIsRecognised() throws Exception {
        String etag = file.put("o", text("before"), PutCondition.ALWAYS).etag();
        script.loseReply(StoreOperation.PUT);
        ObjectInfo info = store.put("o", text("after"), new PutCondition.IfMatch(etag));
        assertThat(info).isEqualTo(file.head("o"));
        assertThat(info.sizeBytes()).isEqualTo(5);
    }

    @Test
    void anotherOnesObjectIsNotTakenForOnesOwn() throws Exception {
        file.put("o", text("them"), PutCondition.ALWAYS);
        script.fail(StoreOperation.PUT, Kind.UNAVAILABLE);
        assertKind(
                Kind.PRECONDITION_FAILED, () -> store.put("o", text("mine"), PutCondition.IF_ABSENT), "exists already");
        script.fail(StoreOperation.PUT, Kind.UNAVAILABLE);
        assertKind(
                Kind.PRECONDITION_FAILED,
                () -> store.put("o", text("longer"), PutCondition.IF_ABSENT),
                "exists already");
        assertThat(file.head("o").sizeBytes()).isEqualTo(4);
    }

    @Test
    void withoutADoubtNothingIsReadBack() throws Exception {
        file.put("o", text("same"), PutCondition.ALWAYS);
        script.fail(StoreOperation.PUT, Kind.THROTTLED);
        assertKind(
                Kind.PRECONDITION_FAILED, () -> store.put("o", text("same"), PutCondition.IF_ABSENT), "exists already");
        assertThat(script.requests()).containsExactly("PUT o", "PUT o");
    }

    @Test
    void aLargeObjectIsComparedToItsLastByte() throws Exception {
        byte[] bytes = new byte[3_000_001];
        new Random(7).nextBytes(bytes);
        script.loseReply(StoreOperation.PUT);
        ByteBuffer body = ByteBuffer.wrap(bytes).position(1);
        assertThat(store.put("own", body, PutCondition.IF_ABSENT).sizeBytes()).isEqualTo(3_000_000);
        assertThat(body.position()).isEqualTo(1);

        byte[] theirs = bytes.clone();
        theirs[theirs.length - 1]++;
        file.put("o", ByteBuffer.wrap(theirs), PutCondition.ALWAYS);
        script.fail(StoreOperation.PUT, Kind.UNAVAILABLE);
        assertKind(
                Kind.PRECONDITION_FAILED,
                () -> store.put("o", ByteBuffer.wrap(bytes), PutCondition.IF_ABSENT),
                "exists already");
    }

    @Test
    void aLostReplyOfACompletionIsRecognised() throws Exception {
        for (PutCondition condition : List.of(PutCondition.ALWAYS, PutCondition.IF_ABSENT)) {
            byte[] bytes = new byte[2_500_000];
            new Random(8).nextBytes(bytes);
            String key = "big" + condition.getClass().getSimpleName();
            MultipartUpload upload = store.upload(key);
            script.fail(StoreOperation.PART, Kind.UNAVAILABLE);
            upload.part(2, ByteBuffer.wrap(bytes, 1_000_000, 1_500_000));
            upload.part(1, ByteBuffer.wrap(bytes, 0, 1_000_000));
            script.loseReply(StoreOperation.COMPLETE);
            assertThat(upload.complete(condition)).isEqualTo(file.head(key));
        }
    }

    @Test
    void anUploadThatSomebodyAbortedIsNotTakenForDone() throws Exception {
        byte[] bytes = new byte[1000];
        byte[] theirs = bytes.clone();
        Arrays.fill(theirs, (byte) 1);
        file.put("o", ByteBuffer.wrap(theirs), PutCondition.ALWAYS);
        MultipartUpload upload = store.upload("o");
        upload.part(1, ByteBuffer.wrap(bytes));
        file.abort(new PendingUpload("o", upload.id()));
        script.fail(StoreOperation.COMPLETE, Kind.UNAVAILABLE);
        assertKind(Kind.NOT_FOUND, () -> upload.complete(PutCondition.ALWAYS), "completed or aborted");
        assertThat(script.left()).isZero();
    }

    @Test
    void anInterruptEndsTheWaiting() {
        RetryingStore real = new RetryingStore(script, POLICY);
        script.fail(StoreOperation.HEAD, Kind.UNAVAILABLE);
        Thread.currentThread().interrupt();
        assertKind(Kind.UNAVAILABLE, () -> real.head("o"), "interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    private ObjectInfo put(String key, String text) throws StoreException {
        return store.put(key, text(text), PutCondition.ALWAYS);
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static void assertKind(Kind kind, ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }
}

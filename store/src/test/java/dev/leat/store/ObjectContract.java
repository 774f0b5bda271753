package dev.leat.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link ObjectStore} promises about single objects; {@link UploadContract} adds uploads, {@link
 * ObjectStoreContract} listings. A backend's test extends the last, which has it all, and says how a store is opened.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class ObjectContract {
    /** The store under test, empty when a test begins. */
    @SuppressWarnings("NullAway.Init") // set before each test
    protected ObjectStore store;

    private String space = "";

    /**
     * Opens a store on a space of its own, which is empty when its name is seen first. Opened again under the same name
     * it shows the same objects.
     *
     * @param space a name in lower-case letters, digits and dashes
     */
    protected abstract ObjectStore open(String space) throws Exception;

    /** Whether a part of a key may have more than 255 bytes; file systems and servers built on them refuse. */
    protected boolean longParts() {
        return true;
    }

    /** Keys that look odd and must work. A backend whose server refuses one overrides this and says why. */
    protected List<String> oddKeys() {
        return List.of(
                "with space",
                " leading and trailing ",
                "plus+percent%25amp&eq=semi;colon:at@",
                "hash#question?",
                "quote'double\"less<more>pipe|",
                "brackets[x](y){z}",
                "star*tilde~bang!dollar$caret^comma,",
                "back`tick",
                "-dash",
                "...",
                ".hidden",
                "a.b..c",
                "umlaut-ä",
                "decomposed-a\u0308",
                "cjk-漢字",
                "emoji-😀",
                "high-\uFB01",
                "deep/" + "d/".repeat(100) + "leaf");
    }

    @BeforeEach
    final void openStore(TestInfo info) throws Exception {
        String name = info.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        space = name.substring(0, Math.min(20, name.length())) + "-"
                + UUID.randomUUID().toString().substring(0, 8);
        store = open(space);
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    /** Another handle to the store under test, as another process would have. */
    protected final ObjectStore openAgain() throws Exception {
        return open(space);
    }

    @Test
    void whatWasPutIsRead() throws Exception {
        byte[] bytes = random(100_000, 1);
        ObjectInfo written = store.put("a/b/object", ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
        assertThat(written.key()).isEqualTo("a/b/object");
        assertThat(written.sizeBytes()).isEqualTo(bytes.length);
        assertThat(written.etag()).isNotEmpty();

        try (ObjectStore other = openAgain()) {
            ObjectInfo seen = other.head("a/b/object");
            assertThat(seen.key()).isEqualTo("a/b/object");
            assertThat(seen.sizeBytes()).isEqualTo(bytes.length);
            assertThat(seen.etag()).isEqualTo(written.etag());
            assertThat(seen.modifiedEpochMs()).isPositive();
            assertThat(read(other, "a/b/object")).isEqualTo(bytes);
        }
    }

    @Test
    void putLeavesTheBodyAsItWas() throws Exception {
        byte[] bytes = random(1000, 2);
        ByteBuffer body =
                ByteBuffer.wrap(bytes).position(100).limit(900).slice().position(50);
        store.put("heap", body, PutCondition.ALWAYS);
        assertThat(body.position()).isEqualTo(50);
        assertThat(body.remaining()).isEqualTo(750);
        store.put("readonly", body.asReadOnlyBuffer(), PutCondition.ALWAYS);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(1000).put(bytes).position(150).limit(900);
        store.put("direct", direct, PutCondition.ALWAYS);
        assertThat(direct.position()).isEqualTo(150);

        byte[] expected = java.util.Arrays.copyOfRange(bytes, 150, 900);
        assertThat(read(store, "heap")).isEqualTo(expected);
        assertThat(read(store, "readonly")).isEqualTo(expected);
        assertThat(read(store, "direct")).isEqualTo(expected);
    }

    @Test
    void rangesAreReadIntoAnyBuffer() throws Exception {
        byte[] bytes = random(70_000, 3);
        store.put("o", ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
        for (int[] range :
                new int[][] {{0, 1}, {0, 70_000}, {69_999, 1}, {1, 69_999}, {4096, 8192}, {12_345, 54_321}}) {
            byte[] expected = java.util.Arrays.copyOfRange(bytes, range[0], range[0] + range[1]);
            ByteBuffer heap = ByteBuffer.allocate(range[1] + 20).position(7).limit(7 + range[1]);
            store.get("o", range[0], heap, null);
            assertThat(heap.remaining()).isZero();
            assertThat(java.util.Arrays.copyOfRange(heap.array(), 7, 7 + range[1]))
                    .isEqualTo(expected);
            assertThat(heap.array()[6]).isZero();
            assertThat(heap.array()[7 + range[1]]).isZero();

            ByteBuffer direct = ByteBuffer.allocateDirect(range[1] + 3).position(3);
            store.get("o", range[0], direct, null);
            assertThat(direct.hasRemaining()).isFalse();
            byte[] got = new byte[range[1]];
            direct.get(3, got);
            assertThat(got).isEqualTo(expected);
        }
    }

    @Test
    void theEndIsReadWithoutKnowingTheSize() throws Exception {
        byte[] bytes = new byte[1000];
        new Random(3).nextBytes(bytes);
        store.put("o", ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
        for (int room : new int[] {1, 10, 999, 1000, 1001, 5000}) {
            for (ByteBuffer end : List.of(ByteBuffer.allocate(room + 7), ByteBuffer.allocateDirect(room + 7))) {
                end.position(3).limit(room + 3);
                assertThat(store.tail("o", end)).isEqualTo(1000);
                int got = Math.min(room, 1000);
                assertThat(end.position()).isEqualTo(3 + got);
                assertThat(end.slice(3, got)).isEqualTo(ByteBuffer.wrap(bytes, 1000 - got, got));
            }
        }
        assertKind(Kind.NOT_FOUND, () -> store.tail("nobody", ByteBuffer.allocate(10)));
    }

    @Test
    void rangesBeyondTheEndAreRefused() throws Exception {
        store.put("o", ByteBuffer.wrap(random(1000, 4)), PutCondition.ALWAYS);
        assertKind(Kind.INVALID, () -> store.get("o", 1000, ByteBuffer.allocate(1), null));
        assertKind(Kind.INVALID, () -> store.get("o", 5_000_000_000L, ByteBuffer.allocate(10), null));
        assertKind(Kind.INVALID, () -> store.get("o", -1, ByteBuffer.allocate(10), null));
        assertKind(Kind.INVALID, () -> store.get("o", 0, ByteBuffer.allocate(0), null));
        assertThatThrownBy(() -> store.get("o", 990, ByteBuffer.allocate(11), null))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isIn(Kind.INVALID, Kind.CORRUPT));
    }

    @Test
    void emptyObjectsExist() throws Exception {
        store.put("empty", ByteBuffer.allocate(0), PutCondition.ALWAYS);
        assertThat(store.head("empty").sizeBytes()).isZero();
        assertThat(store.list("", null, null, 10).objects())
                .extracting(ObjectInfo::key)
                .containsExactly("empty");
        assertKind(Kind.INVALID, () -> store.get("empty", 0, ByteBuffer.allocate(1), null));
    }

    @Test
    void missingObjectsAreNotFound() throws Exception {
        store.put("dir/inner", ByteBuffer.wrap(new byte[1]), PutCondition.ALWAYS);
        for (String key : List.of("nothing", "dir", "dir/other", "no/such/dir", "dir/inner/below")) {
            assertKind(Kind.NOT_FOUND, () -> store.head(key));
            assertKind(Kind.NOT_FOUND, () -> store.get(key, 0, ByteBuffer.allocate(1), null));
            assertKind(Kind.NOT_FOUND, () -> store.get(key, 0, ByteBuffer.allocate(1), "\"etag\""));
        }
    }

    @Test
    void badKeysAreRefused() {
        List<String> bad = List.of(
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "../a",
                "a/..",
                "a/./b",
                "nul\0",
                "half\uD83D",
                "k".repeat(1025));
        for (String key : bad) {
            assertKind(Kind.INVALID, () -> store.head(key));
            assertKind(Kind.INVALID, () -> store.get(key, 0, ByteBuffer.allocate(1), null));
            assertKind(Kind.INVALID, () -> store.put(key, ByteBuffer.allocate(1), PutCondition.ALWAYS));
            assertKind(Kind.INVALID, () -> store.upload(key));
        }
    }

    @Test
    void putReplacesAndChangesTheValidator() throws Exception {
        String before = put("o", "one").etag();
        String after = put("o", "two").etag();
        assertThat(after).isNotEqualTo(before);
        assertThat(store.head("o").etag()).isEqualTo(after);
        assertThat(new String(read(store, "o"), UTF_8)).isEqualTo("two");
    }

    @Test
    void getChecksTheValidator() throws Exception {
        String before = put("o", "one").etag();
        store.get("o", 0, ByteBuffer.allocate(3), before);
        String after = put("o", "two").etag();
        assertKind(Kind.PRECONDITION_FAILED, () -> store.get("o", 0, ByteBuffer.allocate(3), before));
        store.get("o", 0, ByteBuffer.allocate(3), after);
    }

    @Test
    void putIfAbsentNeverReplaces() throws Exception {
        assumeConditions();
        store.put("o", text("first"), PutCondition.IF_ABSENT);
        assertKind(Kind.PRECONDITION_FAILED, () -> store.put("o", text("second"), PutCondition.IF_ABSENT));
        assertThat(new String(read(store, "o"), UTF_8)).isEqualTo("first");
        store.delete(List.of("o"));
        store.put("o", text("third"), PutCondition.IF_ABSENT);
        assertThat(new String(read(store, "o"), UTF_8)).isEqualTo("third");
    }

    @Test
    void putIfMatchReplacesOnlyWhatItKnows() throws Exception {
        assumeConditions();
        String first = put("o", "first").etag();
        String second =
                store.put("o", text("second"), new PutCondition.IfMatch(first)).etag();
        assertKind(Kind.PRECONDITION_FAILED, () -> store.put("o", text("third"), new PutCondition.IfMatch(first)));
        assertThat(new String(read(store, "o"), UTF_8)).isEqualTo("second");
        store.delete(List.of("o"));
        assertThatThrownBy(() -> store.put("o", text("fourth"), new PutCondition.IfMatch(second)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isIn(Kind.PRECONDITION_FAILED, Kind.NOT_FOUND));
        assertKind(Kind.NOT_FOUND, () -> store.head("o"));
    }

    @Test
    void oneOfSixteenRacersCreatesTheObject() throws Exception {
        assumeConditions();
        for (int round = 0; round < 10; round++) {
            String key = "race/" + round;
            List<String> winners = race(16, racer -> {
                store.put(key, text("racer " + racer), PutCondition.IF_ABSENT);
                return "racer " + racer;
            });
            assertThat(winners).hasSize(1);
            assertThat(new String(read(store, key), UTF_8)).isEqualTo(winners.getFirst());
        }
    }

    @Test
    void oneOfSixteenRacersReplacesTheObject() throws Exception {
        assumeConditions();
        String etag = put("o", "zero").etag();
        for (int round = 0; round < 10; round++) {
            PutCondition same = new PutCondition.IfMatch(etag);
            String turn = "round " + round + ", racer ";
            List<String> winners =
                    race(16, racer -> store.put("o", text(turn + racer), same).etag());
            assertThat(winners).hasSize(1);
            etag = winners.getFirst();
            assertThat(store.head("o").etag()).isEqualTo(etag);
        }
    }

    @Test
    void readersSeeWholeObjectsWhileItIsReplaced() throws Exception {
        int size = 200_000;
        store.put("o", filled(size, 0), PutCondition.ALWAYS);
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            Future<?> writer = pool.submit((Callable<Void>) () -> {
                for (int i = 1; i <= 30; i++) {
                    store.put("o", filled(size, i), PutCondition.ALWAYS);
                }
                return null;
            });
            List<Future<?>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                readers.add(pool.submit((Callable<Void>) () -> {
                    ByteBuffer whole = ByteBuffer.allocate(size);
                    while (!writer.isDone()) {
                        store.get("o", 0, whole.clear(), null);
                        assertThat(whole.flip().mismatch(filled(size, whole.get(0))))
                                .isEqualTo(-1);
                    }
                    return null;
                }));
            }
            writer.get();
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    @Test
    void deleteForgivesMissingKeys() throws Exception {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            keys.add("d/" + i);
            if (i % 2 == 0) {
                put("d/" + i, "x");
            }
        }
        put("keep", "x");
        assertThat(store.delete(keys)).isEmpty();
        assertThat(store.delete(keys)).isEmpty();
        assertThat(store.delete(List.of())).isEmpty();
        assertThat(store.delete(List.of("d", "no/such/dir/key"))).isEmpty();
        assertThat(store.list("", null, null, 1000).objects())
                .extracting(ObjectInfo::key)
                .containsExactly("keep");
    }

    @Test
    void deleteTakesMoreThanOneBatch() throws Exception {
        int count = Math.min(2500, 2 * store.capabilities().deleteBatchMax() + 10);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add("batch/" + i);
        }
        put(keys.getFirst(), "x");
        put(keys.getLast(), "x");
        assertThat(store.delete(keys)).isEmpty();
        assertThat(store.list("", null, null, 10).objects()).isEmpty();
    }

    @Test
    void oddKeysWork() throws Exception {
        List<String> keys = new ArrayList<>();
        for (String odd : oddKeys()) {
            keys.add(odd);
            keys.add("below/" + odd);
        }
        for (String key : keys) {
            put(key, key);
        }
        for (String key : keys) {
            assertThat(store.head(key).key()).isEqualTo(key);
            assertThat(new String(read(store, key), UTF_8)).isEqualTo(key);
        }
        keys.sort(Keys.ORDER);
        assertThat(store.list("", null, null, 1000).objects())
                .extracting(ObjectInfo::key)
                .containsExactlyElementsOf(keys);
        assertThat(store.delete(keys)).isEmpty();
        assertThat(store.list("", null, null, 1000).objects()).isEmpty();
    }

    @Test
    void keysHaveUpTo1024Bytes() throws Exception {
        String parts = ("p".repeat(254) + "/").repeat(4) + "tail";
        String ascii = parts.substring(parts.length() - 1024);
        String wide = ("ä".repeat(127) + "/").repeat(4) + "wide";
        assertThat(ascii.getBytes(UTF_8)).hasSize(1024);
        assertThat(wide.getBytes(UTF_8)).hasSize(1024);
        for (String key : List.of(ascii, wide)) {
            put(key, "x");
            assertThat(new String(read(store, key), UTF_8)).isEqualTo("x");
        }
        assertThat(store.list("", null, null, 10).objects())
                .extracting(ObjectInfo::key)
                .containsExactly(ascii, wide);
        assertThat(store.delete(List.of(ascii, wide))).isEmpty();
    }

    @Test
    void longPartsWorkOrAreRefused() throws Exception {
        String key = "dir/" + "l".repeat(1000);
        if (longParts()) {
            put(key, "x");
            assertThat(new String(read(store, key), UTF_8)).isEqualTo("x");
        } else {
            assertKind(Kind.INVALID, () -> put(key, "x"));
        }
    }

    @Test
    void closedStoresRefuse() throws Exception {
        put("o", "x");
        MultipartUpload upload = store.upload("u");
        store.close();
        store.close();
        List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> calls = List.of(
                () -> store.head("o"),
                () -> store.get("o", 0, ByteBuffer.allocate(1), null),
                () -> put("o", "y"),
                () -> store.upload("v"),
                () -> upload.part(1, text("x")),
                () -> store.list("", null, null, 1),
                () -> store.pendingUploads(""));
        for (var call : calls) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            StoreException.class,
                            e -> assertThat(e.kind().retryable()).isFalse());
        }
        try (ObjectStore other = openAgain()) {
            assertThat(new String(read(other, "o"), UTF_8)).isEqualTo("x");
        }
    }

    @Test
    void describesItself() {
        StoreCapabilities can = store.capabilities();
        assertThat(can.partMinBytes()).isPositive();
        assertThat(can.partMaxBytes()).isGreaterThanOrEqualTo(8 << 20);
        assertThat(can.partsMax()).isGreaterThanOrEqualTo(1000);
        assertThat(can.putMaxBytes()).isGreaterThanOrEqualTo(64 << 20);
        assertThat(can.deleteBatchMax()).isPositive();
        assertThat(store.location()).contains(":").doesNotContain("\n");
    }

    /** Skips the test on a store that cannot put under a condition. */
    protected final void assumeConditions() {
        Assumptions.assumeTrue(store.capabilities().conditionalPut(), "the store has no conditional put");
    }

    /** Puts a short text whatever is there. */
    protected final ObjectInfo put(String key, String text) throws StoreException {
        return store.put(key, text(text), PutCondition.ALWAYS);
    }

    /** What one of several threads does at once. */
    protected interface Racer {
        /** The racer's result when it won; PRECONDITION_FAILED when it lost. */
        String run(int racer) throws Exception;
    }

    /** Starts all racers at one moment, each trying again while the store asks it to, and gives the winners' results. */
    protected static List<String> race(int racers, Racer racer) throws Exception {
        CyclicBarrier start = new CyclicBarrier(racers);
        List<String> winners = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(racers)) {
            List<Future<String>> runs = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                int number = i;
                runs.add(pool.submit(() -> {
                    start.await();
                    return untilAnswered(() -> racer.run(number));
                }));
            }
            for (Future<String> run : runs) {
                if (!run.get().isEmpty()) {
                    winners.add(run.get());
                }
            }
        }
        return winners;
    }

    private static String untilAnswered(Callable<String> call) throws Exception {
        while (true) {
            try {
                return call.call();
            } catch (StoreException e) {
                if (e.kind() == Kind.PRECONDITION_FAILED) {
                    return "";
                } else if (!e.kind().retryable()) {
                    throw e;
                }
            }
        }
    }

    /** Asserts that the call fails with this kind and a message of one line. */
    protected static void assertKind(Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
        });
    }

    /** All bytes of an object. */
    protected static byte[] read(ObjectStore store, String key) throws StoreException {
        ByteBuffer whole = ByteBuffer.allocate((int) store.head(key).sizeBytes());
        if (whole.hasRemaining()) {
            store.get(key, 0, whole, null);
        }
        return whole.array();
    }

    /** Pseudo-random bytes, the same for the same seed. */
    protected static byte[] random(int sizeBytes, long seed) {
        byte[] bytes = new byte[sizeBytes];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The text in UTF-8. */
    protected static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static ByteBuffer filled(int sizeBytes, int value) {
        byte[] bytes = new byte[sizeBytes];
        java.util.Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }
}

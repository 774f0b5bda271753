package dev.leat.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PutCondition;
import dev.leat.store.RetryPolicy;
import dev.leat.store.RetryingStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.testing.s3.Fault;
import dev.leat.testing.s3.FaultyS3Server;
import dev.leat.testing.s3.S3Operation;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Under every fault, at a quarter of all requests, what was acknowledged is right and what failed says so cleanly: a kind,
 * one line, and under the key either nothing or the whole object.
 */
class FaultMatrixTest {
    private static final String BUCKET = "matrix";
    private static final double SHARE = 0.25;
    private static final int PART_BYTES = 5 << 20;

    /**
     * Pauses of milliseconds, a budget that never ends, and forty attempts: of thousands of requests, two in five of whose attempts fail,
     * one in some runs would fail ten times in a row.
     */
    private static final RetryPolicy RETRIES =
            new RetryPolicy(40, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMinutes(5), 1, 1_000);

    /** Faults that retrying hides from callers completely. */
    private static final Set<Fault> HIDDEN = EnumSet.of(
            Fault.DELAY,
            Fault.SLOW_DOWN,
            Fault.INTERNAL_ERROR,
            Fault.RESET,
            Fault.LOST_REPLY,
            Fault.TRUNCATE,
            Fault.SLOW_DRIP,
            Fault.WRONG_CHECKSUM);

    private final Map<Kind, Integer> failures = new EnumMap<>(Kind.class);
    private int acknowledged;

    /** A step that may fail cleanly. */
    private interface Step {
        void run() throws StoreException;
    }

    private boolean attempt(Step step) {
        try {
            step.run();
            acknowledged++;
            return true;
        } catch (StoreException e) {
            assertThat(e.getMessage()).isNotBlank().doesNotContain("\n").contains(BUCKET);
            failures.merge(e.kind(), 1, Integer::sum);
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void dataIsRightOrTheErrorIsClean(Fault fault) throws Exception {
        long seed = System.nanoTime();
        System.out.println("dataIsRightOrTheErrorIsClean(" + fault + "): seed " + seed);
        Random random = new Random(seed);
        try (FaultyS3Server server = FaultyServerFixture.start(seed)) {
            S3Options options = FaultyServerFixture.options(server, BUCKET, o -> o.dialect(Dialect.MINIO));
            server.faults().delay(Duration.ofMillis(10));
            try (RetryingStore store = new RetryingStore(S3Store.open(options), RETRIES)) {
                server.faults().sometimes(fault, SHARE, EnumSet.allOf(S3Operation.class));
                objects(server, store, random);
                upload(server, store, random, "upload/absent", PutCondition.IF_ABSENT);
                upload(server, store, random, "upload/always", PutCondition.ALWAYS);
                lists(server, store);
                deletes(server, store);
                System.out.println(fault + ": " + server.faults().injected() + ", " + store.retries() + " retries, "
                        + acknowledged + " acknowledged, failed " + failures + "; " + server.traffic());
            }
            assertThat(server.faults().injected()).containsKey(fault);
            if (HIDDEN.contains(fault)) {
                assertThat(failures).isEmpty();
            }
            // a retried request is the worst that such a fault may become
            assertThat(failures).doesNotContainKeys(Kind.DENIED, Kind.FULL);
        }
    }

    private void objects(FaultyS3Server server, RetryingStore store, Random random) {
        for (int i = 0; i < 40; i++) {
            String key = "object/" + i;
            byte[] bytes = new byte[1 + random.nextInt(200_000)];
            random.nextBytes(bytes);
            PutCondition condition = i % 2 == 0 ? PutCondition.IF_ABSENT : PutCondition.ALWAYS;
            String[] etag = new String[1];
            boolean written = attempt(() ->
                    etag[0] = store.put(key, ByteBuffer.wrap(bytes), condition).etag());
            wholeOrNothing(server, key, bytes, written);
            if (written) {
                attempt(() -> assertThat(store.head(key).sizeBytes()).isEqualTo(bytes.length));
                ByteBuffer got = ByteBuffer.allocate(bytes.length);
                String ifMatch = i % 4 < 2 ? etag[0] : null;
                if (attempt(() -> store.get(key, 0, got, ifMatch))) {
                    assertThat(got.array()).isEqualTo(bytes);
                }
            }
        }
    }

    private void upload(FaultyS3Server server, RetryingStore store, Random random, String key, PutCondition condition) {
        byte[] bytes = new byte[PART_BYTES + 100_000];
        random.nextBytes(bytes);
        boolean done = attempt(() -> {
            MultipartUpload upload = store.upload(key);
            upload.part(2, ByteBuffer.wrap(bytes, PART_BYTES, bytes.length - PART_BYTES));
            upload.part(1, ByteBuffer.wrap(bytes, 0, PART_BYTES));
            upload.complete(condition);
        });
        wholeOrNothing(server, key, bytes, done);
    }

    private static void wholeOrNothing(FaultyS3Server server, String key, byte[] bytes, boolean acknowledged) {
        byte[] stored = server.object(BUCKET, key);
        if (acknowledged) {
            assertThat(stored).as(key).isEqualTo(bytes);
        } else {
            assertThat(stored == null || java.util.Arrays.equals(stored, bytes))
                    .as(key + " is whole or absent")
                    .isTrue();
        }
    }

    private void lists(FaultyS3Server server, RetryingStore store) {
        for (int i = 0; i < 5; i++) {
            List<String> keys = new ArrayList<>();
            boolean listed = attempt(() -> store.list("", null, null, 1_000).objects().stream()
                    .map(ObjectInfo::key)
                    .forEach(keys::add));
            if (listed) {
                assertThat(keys).isEqualTo(server.keys(BUCKET));
            }
        }
    }

    private void deletes(FaultyS3Server server, RetryingStore store) {
        List<String> keys = new ArrayList<>(server.keys(BUCKET));
        List<String> some = keys.subList(0, keys.size() / 2);
        boolean done = attempt(() -> assertThat(store.delete(some)).isEmpty());
        if (done) {
            assertThat(server.keys(BUCKET)).isEqualTo(keys.subList(keys.size() / 2, keys.size()));
        } else {
            assertThat(server.keys(BUCKET)).containsAll(keys.subList(keys.size() / 2, keys.size()));
        }
    }

    @Test
    void aLargeUploadFromManyThreadsSurvivesAll() throws Exception {
        long seed = System.nanoTime();
        System.out.println("aLargeUploadFromManyThreadsSurvivesAll: seed " + seed);
        byte[] bytes = new byte[9 * PART_BYTES + 12_345];
        new Random(seed).nextBytes(bytes);
        try (FaultyS3Server server = FaultyServerFixture.start(seed)) {
            S3Options options = FaultyServerFixture.options(server, BUCKET, o -> o.dialect(Dialect.MINIO));
            server.faults().delay(Duration.ofMillis(20));
            for (Fault fault : HIDDEN) {
                server.faults().sometimes(fault, 0.06, EnumSet.allOf(S3Operation.class));
            }
            server.faults().sometimes(Fault.FLIPPED_BYTE, 0.1, EnumSet.of(S3Operation.UPLOAD_PART));
            try (RetryingStore store = new RetryingStore(S3Store.open(options), RETRIES);
                    ExecutorService threads = Executors.newFixedThreadPool(4)) {
                MultipartUpload upload = store.upload("large");
                inParallel(threads, 10, part -> {
                    int begin = part * PART_BYTES;
                    upload.part(part + 1, ByteBuffer.wrap(bytes, begin, Math.min(PART_BYTES, bytes.length - begin)));
                });
                ObjectInfo info = upload.complete(PutCondition.IF_ABSENT);
                assertThat(info.sizeBytes()).isEqualTo(bytes.length);
                assertThat(server.object(BUCKET, "large")).isEqualTo(bytes);

                ByteBuffer all = ByteBuffer.allocateDirect(bytes.length);
                int piece = 1 << 20;
                inParallel(threads, (bytes.length + piece - 1) / piece, i -> {
                    int begin = i * piece;
                    store.get("large", begin, all.slice(begin, Math.min(piece, bytes.length - begin)), info.etag());
                });
                assertThat(all.mismatch(ByteBuffer.wrap(bytes))).isEqualTo(-1);
                System.out.println("large: " + server.faults().injected() + ", " + store.retries() + " retries; "
                        + server.traffic());
            }
        }
    }

    /** What one of several tasks does. */
    private interface Task {
        void run(int number) throws Exception;
    }

    private static void inParallel(ExecutorService threads, int count, Task task) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            running.add(threads.submit((Callable<Void>) () -> {
                task.run(number);
                return null;
            }));
        }
        for (Future<?> one : running) {
            one.get();
        }
    }
}

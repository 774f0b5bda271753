package dev.leat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every {@link ObjectStore} promises about uploads in parts, after what it promises about objects. */
public abstract class UploadContract extends ObjectContract {

    /** Whether pending uploads are found by any prefix; MinIO answers only when it is given the whole key. */
    protected boolean pendingByAnyPrefix() {
        return true;
    }

    private int partBytes() {
        return Math.max(store.capabilities().partMinBytes(), 10_000);
    }

    @Test
    void partsBecomeOneObject() throws Exception {
        byte[] bytes = random(2 * partBytes() + 777, 11);
        MultipartUpload upload = store.upload("big/object");
        assertThat(upload.id()).isNotEmpty();
        ByteBuffer body = ByteBuffer.wrap(bytes);
        for (int part = 1; part <= 3; part++) {
            ByteBuffer slice = slice(body, (part - 1) * partBytes(), partBytes());
            int position = slice.position();
            upload.part(part, slice);
            assertThat(slice.position()).isEqualTo(position);
            assertKind(Kind.NOT_FOUND, () -> store.head("big/object"));
            assertThat(store.list("", null, null, 10).objects()).isEmpty();
        }
        ObjectInfo info = upload.complete(PutCondition.ALWAYS);
        assertThat(info.sizeBytes()).isEqualTo(bytes.length);
        assertThat(store.head("big/object").etag()).isEqualTo(info.etag());
        assertThat(read(store, "big/object")).isEqualTo(bytes);
        assertThat(store.pendingUploads("big/object")).isEmpty();
    }

    @Test
    void partsComeInAnyOrderAndTheLastCopyCounts() throws Exception {
        long seed = System.nanoTime();
        System.out.println("partsComeInAnyOrderAndTheLastCopyCounts: seed " + seed);
        int parts = store.capabilities().partMinBytes() > 1 << 20 ? 4 : 20;
        byte[] bytes = random((parts - 1) * partBytes() + 1, seed);
        List<Integer> order = new ArrayList<>();
        for (int part = 1; part <= parts; part++) {
            order.add(part);
        }
        Collections.shuffle(order, new Random(seed));
        MultipartUpload upload = store.upload("shuffled");
        for (int part : order) {
            if (part % 3 == 0) {
                upload.part(part, ByteBuffer.wrap(random(partBytes() + 5, part)));
            } else if (part % 3 == 1) {
                upload.part(part, ByteBuffer.wrap(random(partBytes(), part)));
            }
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<?>> sends = new ArrayList<>();
            for (int part : order) {
                ByteBuffer body = slice(ByteBuffer.wrap(bytes), (part - 1) * partBytes(), partBytes());
                sends.add(pool.submit((Callable<Void>) () -> {
                    upload.part(part, body);
                    return null;
                }));
            }
            for (Future<?> send : sends) {
                send.get();
            }
        }
        assertThat(upload.complete(PutCondition.ALWAYS).sizeBytes()).isEqualTo(bytes.length);
        assertThat(read(store, "shuffled")).isEqualTo(bytes);
    }

    @Test
    void partsMayDifferInSizeAndLeaveNumbersOut() throws Exception {
        int[] sizes = {partBytes(), partBytes() + 1, partBytes() + 4097, 3};
        int[] numbers = {2, 3, 7, 9};
        byte[] bytes = random(Arrays.stream(sizes).sum(), 12);
        MultipartUpload upload = store.upload("uneven");
        int end = bytes.length;
        for (int i = sizes.length - 1; i >= 0; i--) {
            end -= sizes[i];
            upload.part(numbers[i], slice(ByteBuffer.wrap(bytes), end, sizes[i]));
        }
        upload.complete(PutCondition.ALWAYS);
        assertThat(read(store, "uneven")).isEqualTo(bytes);
    }

    @Test
    void oneSmallPartIsEnough() throws Exception {
        MultipartUpload upload = store.upload("small");
        upload.part(1, text("x"));
        upload.complete(PutCondition.ALWAYS);
        assertThat(read(store, "small")).containsExactly('x');
    }

    @Test
    void completingReplacesTheObject() throws Exception {
        String before = put("o", "a longer text than the part").etag();
        MultipartUpload upload = store.upload("o");
        upload.part(1, text("part"));
        assertThat(upload.complete(PutCondition.ALWAYS).etag()).isNotEqualTo(before);
        assertThat(read(store, "o")).hasSize(4);
    }

    @Test
    void completingChecksTheCondition() throws Exception {
        assumeConditions();
        String etag = put("o", "text").etag();
        MultipartUpload absent = store.upload("o");
        absent.part(1, text("absent"));
        assertKind(Kind.PRECONDITION_FAILED, () -> absent.complete(PutCondition.IF_ABSENT));
        absent.abort();
        assertThat(read(store, "o")).hasSize(4);

        MultipartUpload match = store.upload("o");
        match.part(1, text("match"));
        match.complete(new PutCondition.IfMatch(etag));
        assertThat(read(store, "o")).hasSize(5);

        MultipartUpload stale = store.upload("o");
        stale.part(1, text("stale!"));
        assertKind(Kind.PRECONDITION_FAILED, () -> stale.complete(new PutCondition.IfMatch(etag)));
        stale.abort();
        assertThat(read(store, "o")).hasSize(5);

        MultipartUpload fresh = store.upload("fresh");
        fresh.part(1, text("fresh"));
        fresh.complete(PutCondition.IF_ABSENT);
        assertThat(read(store, "fresh")).hasSize(5);
    }

    @Test
    void oneOfSixteenUploadsCreatesTheObject() throws Exception {
        assumeConditions();
        List<String> winners = race(16, racer -> {
            MultipartUpload upload = store.upload("raced");
            upload.part(1, text("racer " + racer));
            upload.complete(PutCondition.IF_ABSENT);
            return "racer " + racer;
        });
        assertThat(winners).hasSize(1);
        assertThat(new String(read(store, "raced"), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(winners.getFirst());
    }

    @Test
    void anUploadWithoutPartsCannotComplete() throws Exception {
        MultipartUpload upload = store.upload("none");
        assertKind(Kind.INVALID, () -> upload.complete(PutCondition.ALWAYS));
        upload.abort();
        assertKind(Kind.NOT_FOUND, () -> store.head("none"));
    }

    @Test
    void partNumbersHaveLimits() throws Exception {
        MultipartUpload upload = store.upload("numbers");
        assertKind(Kind.INVALID, () -> upload.part(0, text("x")));
        assertKind(Kind.INVALID, () -> upload.part(store.capabilities().partsMax() + 1, text("x")));
        upload.abort();
    }

    @Test
    void abortedUploadsLeaveNothing() throws Exception {
        MultipartUpload upload = store.upload("gone");
        upload.part(1, ByteBuffer.wrap(random(partBytes(), 13)));
        upload.abort();
        upload.abort();
        assertKind(Kind.NOT_FOUND, () -> upload.part(2, text("x")));
        assertThatThrownBy(() -> upload.complete(PutCondition.ALWAYS)).isInstanceOf(StoreException.class);
        assertKind(Kind.NOT_FOUND, () -> store.head("gone"));
        assertThat(store.pendingUploads("gone")).isEmpty();
    }

    @Test
    void pendingUploadsAreFoundAndAborted() throws Exception {
        MultipartUpload first = store.upload("p/one");
        MultipartUpload second = store.upload("p/one");
        first.part(1, text("x"));
        try (ObjectStore other = openAgain()) {
            assertThat(other.pendingUploads("p/one"))
                    .containsExactlyInAnyOrder(
                            new PendingUpload("p/one", first.id()), new PendingUpload("p/one", second.id()));
            assertThat(other.pendingUploads("p/other")).isEmpty();
            other.abort(new PendingUpload("p/one", first.id()));
            other.abort(new PendingUpload("p/one", first.id()));
            assertThat(other.pendingUploads("p/one")).containsExactly(new PendingUpload("p/one", second.id()));
        }
        assertThatThrownBy(() -> first.complete(PutCondition.ALWAYS)).isInstanceOf(StoreException.class);
        assertKind(Kind.NOT_FOUND, () -> store.head("p/one"));
        second.part(1, text("second"));
        second.complete(PutCondition.ALWAYS);
        assertThat(read(store, "p/one")).hasSize(6);
    }

    @Test
    void pendingUploadsAreFoundByPrefix() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                pendingByAnyPrefix(), "the server finds pending uploads only by their whole key");
        MultipartUpload one = store.upload("x/a/1");
        MultipartUpload two = store.upload("x/a/2");
        MultipartUpload three = store.upload("y/3");
        assertThat(store.pendingUploads("x/a/"))
                .extracting(PendingUpload::key)
                .containsExactlyInAnyOrder("x/a/1", "x/a/2");
        assertThat(store.pendingUploads("")).hasSize(3);
        for (MultipartUpload upload : List.of(one, two, three)) {
            upload.abort();
        }
        assertThat(store.pendingUploads("")).isEmpty();
    }

    private static ByteBuffer slice(ByteBuffer bytes, int begin, int size) {
        return bytes.slice(begin, Math.min(size, bytes.capacity() - begin));
    }
}

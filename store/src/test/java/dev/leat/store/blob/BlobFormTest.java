package dev.leat.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MeteredStore;
import dev.leat.store.MultipartUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.store.file.FileStore;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every form of blobs promises: the bytes that were written come back from any range, or one line says that they are damaged. */
@Timeout(300)
class BlobFormTest {
    private static final int FRAME = Frame.BYTES;
    private static final DataKey KEY = DataKey.random();

    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // set before each test
    private MeteredStore store;

    private final Random random = new Random(20261121);
    private long sequence;

    static Stream<BlobForm> forms() {
        return Stream.of(
                BlobForm.PLAIN,
                new BlobForm(Compression.LZ4, null),
                new BlobForm(Compression.ZSTD, null),
                new BlobForm(Compression.NONE, KEY),
                new BlobForm(Compression.ZSTD, KEY));
    }

    static Stream<BlobForm> sealed() {
        return forms().filter(form -> form.dataKey() != null);
    }

    static Stream<BlobForm> framed() {
        return forms().filter(form -> !form.equals(BlobForm.PLAIN));
    }

    @BeforeEach
    void open() throws Exception {
        store = new MeteredStore(FileStore.create(folder.resolve("store")));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private enum Content {
        ZEROS,
        TEXT,
        NOISE,
        MIXED
    }

    private byte[] content(Content kind, int size) {
        byte[] bytes = new byte[size];
        switch (kind) {
            case ZEROS -> {}
            case TEXT -> {
                byte[] words = "the quick brown fox jumps over the lazy dog "
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) (words[i % words.length] ^ (i % 997 == 0 ? 1 : 0));
                }
            }
            case NOISE -> random.nextBytes(bytes);
            case MIXED -> {
                for (int at = 0; at < size; at += 50_000) {
                    byte[] piece = content(Content.values()[random.nextInt(3)], Math.min(50_000, size - at));
                    System.arraycopy(piece, 0, bytes, at, piece.length);
                }
            }
        }
        return bytes;
    }

    private Blob blob(int size) {
        BlobId id = new BlobId(0x1234_5678_9abc_def0L, ++sequence);
        return new Blob(id, "v/ab/" + id, size, null);
    }

    private static void put(BlobStore blobs, Blob blob, byte[] bytes) throws StoreException {
        blobs.put(blob.id(), blob.key(), ByteBuffer.wrap(bytes), PutCondition.IF_ABSENT);
    }

    private static byte[] read(BlobStore blobs, Blob blob, int offset, int length) throws StoreException {
        ByteBuffer to = ByteBuffer.allocateDirect(length + 5).position(3).limit(3 + length);
        blobs.read(blob, offset, to);
        assertThat(to.position()).isEqualTo(3 + length);
        byte[] got = new byte[length];
        to.get(3, got);
        return got;
    }

    private static void same(BlobStore blobs, Blob blob, byte[] bytes, int offset, int length) throws StoreException {
        int wrong =
                Arrays.mismatch(read(blobs, blob, offset, length), Arrays.copyOfRange(bytes, offset, offset + length));
        assertThat(wrong).as("%s + %s of %s", offset, length, bytes.length).isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("forms")
    void allSizesAndRangesAroundFramesComeBack(BlobForm form) throws Exception {
        BlobStore writer = form.open(store);
        for (int size : new int[] {
            1,
            2,
            4095,
            4097,
            FRAME - 1,
            FRAME,
            FRAME + 1,
            2 * FRAME,
            3 * FRAME + 7,
            4 * FRAME,
            4 * FRAME + 1,
            1_000_003,
            8 << 20
        }) {
            for (Content kind : Content.values()) {
                Blob blob = blob(size);
                byte[] bytes = content(kind, size);
                put(writer, blob, bytes);
                assertThat(writer.fits(size, store.head(blob.key()).sizeBytes()))
                        .isTrue();
                // One that knows nothing yet, and one that has seen the list.
                same(form.open(store), blob, bytes, 0, size);
                BlobStore reader = form.open(store);
                for (int i = 0; i < 8; i++) {
                    int offset = random.nextInt(size);
                    same(reader, blob, bytes, offset, 1 + random.nextInt(size - offset));
                }
                for (int edge = FRAME; edge < size; edge += FRAME) {
                    same(reader, blob, bytes, edge - 1, Math.min(2, size - edge + 1));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void partsMayComeInAnyOrderAndAgain(BlobForm form) throws Exception {
        BlobStore blobs = form.open(store);
        int part = blobs.parts().sizeBytes(1);
        for (Content kind : Content.values()) {
            int size = 3 * part + 100_001;
            byte[] bytes = content(kind, size);
            for (boolean stream : new boolean[] {false, true}) {
                Blob blob = blob(size);
                MultipartUpload upload =
                        stream ? blobs.tryStream(blob.id(), blob.key()) : blobs.upload(blob.id(), blob.key());
                if (upload == null) {
                    throw new AssertionError("no stream although none is under way");
                }
                // What was sent first is not what the writer meant in the end.
                upload.part(2, ByteBuffer.wrap(content(Content.NOISE, part)));
                upload.part(1, ByteBuffer.wrap(content(Content.TEXT, part)));
                List<Integer> numbers = new ArrayList<>(List.of(1, 2, 3, 4));
                Collections.shuffle(numbers, random);
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    List<Future<?>> sent = new ArrayList<>();
                    for (int number : numbers) {
                        int from = (number - 1) * part;
                        sent.add(threads.submit(() -> {
                            upload.part(number, ByteBuffer.wrap(bytes, from, Math.min(part, size - from)));
                            return null;
                        }));
                    }
                    for (Future<?> each : sent) {
                        each.get();
                    }
                }
                upload.complete(PutCondition.IF_ABSENT);
                assertThat(blobs.fits(size, store.head(blob.key()).sizeBytes())).isTrue();
                BlobStore reader = form.open(store);
                same(reader, blob, bytes, 0, 4 << 20);
                for (int i = 0; i < 10; i++) {
                    int offset = random.nextInt(size);
                    same(reader, blob, bytes, offset, 1 + random.nextInt(Math.min(6 << 20, size - offset)));
                }
                same(reader, blob, bytes, size - 3, 3);
            }
        }
        assertThat(store.pendingUploads("")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void abandonedUploadsLeaveNothingAndGiveTheirPlaceBack(BlobForm form) throws Exception {
        BlobStore blobs = form.open(store);
        byte[] part = content(Content.NOISE, blobs.parts().sizeBytes(1));
        for (int i = 0; i < 12; i++) {
            Blob blob = blob(part.length * 2);
            MultipartUpload upload =
                    i % 2 == 0 ? blobs.tryStream(blob.id(), blob.key()) : blobs.upload(blob.id(), blob.key());
            if (upload == null) {
                throw new AssertionError("a place was not given back");
            }
            upload.part(1, ByteBuffer.wrap(part));
            upload.part(2, ByteBuffer.wrap(part));
            upload.abort();
            upload.abort();
            assertThatThrownBy(() -> store.head(blob.key())).isInstanceOf(StoreException.class);
        }
        assertThat(store.pendingUploads("")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("framed")
    void whereverABitFlipsItIsNoticedAndNamed(BlobForm form) throws Exception {
        BlobStore writer = form.open(store);
        for (int size : new int[] {100, FRAME + 5, 7 * FRAME + 1}) {
            for (Content kind : List.of(Content.TEXT, Content.NOISE)) {
                Blob blob = blob(size);
                byte[] bytes = content(kind, size);
                put(writer, blob, bytes);
                Path object = folder.resolve("store").resolve(blob.key());
                byte[] good = Files.readAllBytes(object);
                int step = Math.max(1, good.length / 97);
                for (int at = 0; at < good.length; at += at < 64 || at > good.length - 64 ? 1 : step) {
                    byte[] bad = good.clone();
                    bad[at] ^= (byte) (1 << random.nextInt(8));
                    Files.write(object, bad);
                    assertThatThrownBy(() -> read(form.open(store), blob, 0, size))
                            .as("byte %s of %s", at, good.length)
                            .isInstanceOfSatisfying(StoreException.class, e -> {
                                assertThat(e.kind()).isEqualTo(StoreException.Kind.CORRUPT);
                                assertThat(e).hasMessageContaining(blob.key()).hasMessageContaining("is damaged");
                                assertThat(e.getMessage()).doesNotContain("\n");
                            });
                }
                Files.write(object, good);
                same(form.open(store), blob, bytes, 0, size);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("framed")
    void whereverAnObjectIsCutItIsNoticed(BlobForm form) throws Exception {
        int size = 6 * FRAME + 11;
        Blob blob = blob(size);
        put(form.open(store), blob, content(Content.MIXED, size));
        Path object = folder.resolve("store").resolve(blob.key());
        byte[] good = Files.readAllBytes(object);
        for (int length : new int[] {1, 30, 100, good.length / 2, good.length - 28, good.length - 4, good.length - 1}) {
            Files.write(object, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> read(form.open(store), blob, 0, size))
                    .as("cut to %s", length)
                    .isInstanceOf(StoreException.class);
        }
        Files.write(object, Arrays.copyOf(good, good.length + 1));
        assertThat(form.open(store).fits(size, 20)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("framed")
    void framesOfOtherBlobsAndOtherPlacesAreRefused(BlobForm form) throws Exception {
        BlobStore writer = form.open(store);
        int size = 6 * FRAME;
        byte[] noise = content(Content.NOISE, size);
        Blob one = blob(size);
        Blob other = blob(size);
        put(writer, one, noise);
        put(writer, other, noise);
        Path first = folder.resolve("store").resolve(one.key());
        Path second = folder.resolve("store").resolve(other.key());
        byte[] good = Files.readAllBytes(first);
        Files.copy(second, first, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> read(form.open(store), one, 0, size)).hasMessageContaining("is damaged");
        // Two frames of one object change places; both are as long as the other, since noise does not shrink.
        int stored = (int) (good.length - listBytes(form, size)) / 6;
        byte[] swapped = good.clone();
        System.arraycopy(good, stored, swapped, 2 * stored, stored);
        System.arraycopy(good, 2 * stored, swapped, stored, stored);
        Files.write(first, swapped);
        BlobStore reader = form.open(store);
        same(reader, one, noise, 0, FRAME);
        assertThatThrownBy(() -> read(reader, one, FRAME, 10))
                .hasMessageContaining("frame 1, bytes 65536 to 131071 of the blob,");
    }

    /** Length of what follows the frames. */
    private static long listBytes(BlobForm form, long size) {
        return form.compression() == Compression.NONE
                ? 0
                : FrameList.tailBytes(size, 0, Workbench.overheadBytes(form.dataKey() != null));
    }

    @ParameterizedTest
    @MethodSource("sealed")
    void anotherKeyOpensNothingAndTheSameBytesAreNeverSealedTheSameWay(BlobForm form) throws Exception {
        int size = 5 * FRAME + 3;
        byte[] bytes = content(Content.TEXT, size);
        Blob blob = blob(size);
        put(form.open(store), blob, bytes);
        BlobForm wrong = new BlobForm(form.compression(), DataKey.random());
        assertThatThrownBy(() -> read(wrong.open(store), blob, 0, size)).hasMessageContaining("is not what was sealed");
        assertThatThrownBy(() -> read(BlobForm.locked(form.compression(), store), blob, 0, size))
                .hasMessageContaining("--encrypt-key");
        assertThat(BlobForm.locked(form.compression(), store)
                        .fits(size, store.head(blob.key()).sizeBytes()))
                .isTrue();
        Path object = folder.resolve("store").resolve(blob.key());
        byte[] first = Files.readAllBytes(object);
        assertThat(new String(first, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("quick brown");
        form.open(store).put(blob.id(), blob.key(), ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
        byte[] second = Files.readAllBytes(object);
        int same = 0;
        for (int i = 0; i < first.length; i++) {
            same += first[i] == second[i] ? 1 : 0;
        }
        assertThat(same).isLessThan(first.length / 50);
    }

    @Test
    void whatIsOnlySealedNeedsNoList() throws Exception {
        BlobForm form = new BlobForm(Compression.NONE, KEY);
        Blob blob = blob(5_000_000);
        put(form.open(store), blob, content(Content.NOISE, 5_000_000));
        BlobStore reader = form.open(store);
        long before = gets();
        read(reader, blob, 1_000_000, 3_000_000);
        read(reader, blob, 4_999_999, 1);
        assertThat(gets() - before).isEqualTo(2);
        assertThat(store.head(blob.key()).sizeBytes()).isEqualTo(5_000_000 + 77 * 28);
    }

    @Test
    void manySlicesOfAListAreFoundWithoutTheOthers() throws Exception {
        // 600 MiB of zeros: more frames than one slice lists.
        BlobForm form = new BlobForm(Compression.ZSTD, null);
        BlobStore blobs = form.open(store);
        int part = blobs.parts().sizeBytes(1);
        int parts = 75;
        long size = (long) parts * part;
        BlobId id = new BlobId(7, 7);
        Blob blob = new Blob(id, "v/cd/large", size, null);
        MultipartUpload upload = blobs.upload(id, blob.key());
        byte[] bytes = new byte[part];
        for (int number = 1; number <= parts; number++) {
            ByteBuffer.wrap(bytes).putInt(100, number);
            upload.part(number, ByteBuffer.wrap(bytes));
        }
        upload.complete(PutCondition.IF_ABSENT);
        BlobStore reader = form.open(store);
        for (int number : new int[] {75, 1, 64, 65, 2}) {
            ByteBuffer to = ByteBuffer.allocate(4);
            reader.read(blob, (long) (number - 1) * part + 100, to);
            assertThat(to.getInt(0)).isEqualTo(number);
        }
    }

    @Test
    void whatShrinksShrinksAndWhatDoesNotCostsLittle() throws Exception {
        for (Compression compression : List.of(Compression.LZ4, Compression.ZSTD)) {
            BlobStore blobs = new BlobForm(compression, null).open(store);
            int size = 1 << 20;
            Blob text = blob(size);
            put(blobs, text, content(Content.TEXT, size));
            assertThat(store.head(text.key()).sizeBytes()).isLessThan(size / 10);
            Blob noise = blob(size);
            put(blobs, noise, content(Content.NOISE, size));
            assertThat(store.head(noise.key()).sizeBytes()).isBetween((long) size, size + 16L * 12 + 4);
        }
    }

    @Test
    void aSmallBlobIsOneRequestAndALargeOneNeedsItsListOnce() throws Exception {
        BlobForm form = new BlobForm(Compression.LZ4, null);
        Blob small = blob(200_000);
        Blob large = blob(5_000_000);
        put(form.open(store), small, content(Content.TEXT, 200_000));
        put(form.open(store), large, content(Content.MIXED, 5_000_000));
        BlobStore reader = form.open(store);
        long before = gets();
        read(reader, small, 1000, 50_000);
        assertThat(gets() - before).isEqualTo(1);
        before = gets();
        read(reader, large, 0, 4 << 20);
        assertThat(gets() - before).isEqualTo(2);
        before = gets();
        read(reader, large, 4 << 20, 100_000);
        assertThat(gets() - before).isEqualTo(1);
    }

    private long gets() {
        StoreMetrics.Operation get = store.metrics().operations().get(StoreOperation.GET);
        return get == null ? 0 : get.requests();
    }
}

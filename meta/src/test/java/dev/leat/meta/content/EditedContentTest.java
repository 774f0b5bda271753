package dev.leat.meta.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Edits of content beside the same edits of a byte array. */
class EditedContentTest {
    private static final int FILE_BYTES_MAX = 20_000;
    private final Map<BlobId, byte[]> blobs = new HashMap<>();
    private long nextBlob = 1;

    @Test
    void anyEditsLeaveWhatAByteArrayHolds() throws Exception {
        long seed = System.nanoTime();
        System.out.println("EditedContentTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            Layout layout = Layout.EMPTY;
            byte[] model = new byte[0];
            Map<BlobId, Long> live = new HashMap<>();
            for (int publication = 0; publication < 12; publication++) {
                EditedContent content = layout instanceof Layout.Inline(Bytes inline)
                        ? EditedContent.of(inline)
                        : EditedContent.of(model.length, ((Layout.Extents) layout).extents());
                for (int i = random.nextInt(6); i >= 0; i--) {
                    model = edit(random, content, model);
                    assertThat(content.sizeBytes()).as("seed %s", seed).isEqualTo(model.length);
                }
                Bytes spill = content.contentToSpill();
                if (spill != null) {
                    BlobId blob = blob(spill.toArray());
                    content.spilled(blob);
                }
                Bytes inline = content.inline();
                layout = inline != null
                        ? new Layout.Inline(inline)
                        : new Layout.Extents(content.extents().all());
                content.deltas().forEach((blob, bytes) -> live.merge(blob, bytes, Long::sum));
                live.values().removeIf(bytes -> bytes == 0);
                assertThat(bytes(layout, model.length)).as("seed %s", seed).isEqualTo(model);
                assertThat(references(layout)).as("seed %s", seed).isEqualTo(live);
            }
        }
    }

    @Test
    void appendedBytesMoveToTheEndOnlyWhenTheFileIsAnother() {
        BlobId blob = blob(new byte[10]);
        EditedContent same = EditedContent.of(100, List.of());
        same.apply(new Edit.Append(50, 10, blob, 0, 10), false);
        assertThat(same.extents().all()).containsExactly(new Extent(50, 10, blob, 0, 10));
        EditedContent moved = EditedContent.of(100, List.of());
        moved.apply(new Edit.Append(50, 10, blob, 0, 10), true);
        assertThat(moved.extents().all()).containsExactly(new Extent(100, 10, blob, 0, 10));
        assertThat(moved.sizeBytes()).isEqualTo(110);
    }

    @Test
    void neighboursThatContinueEachOtherBecomeOneExtent() {
        BlobId blob = blob(new byte[30]);
        ExtentMap map = new ExtentMap(List.of());
        map.put(new Extent(0, 10, blob, 0, 30));
        map.put(new Extent(20, 10, blob, 20, 30));
        map.put(new Extent(10, 10, blob, 10, 30));
        assertThat(map.all()).containsExactly(new Extent(0, 30, blob, 0, 30));
        assertThat(map.deltas()).containsExactly(Map.entry(blob, 30L));
    }

    @Test
    void knowsWhichRangesEditsTouch() {
        BlobId blob = blob(new byte[10]);
        List<Edit> edits = List.of(
                new Edit.Overlay(100, 10, blob, 0, 10),
                new Edit.Overlay(105, 5, blob, 0, 10),
                new Edit.Append(0, 10, blob, 0, 10),
                new Edit.Punch(0, 7),
                new Edit.Punch(5_000, 7));
        assertThat(EditedContent.touched(1_000, edits, true))
                .containsExactly(
                        new EditedContent.Range(0, 7),
                        new EditedContent.Range(100, 110),
                        new EditedContent.Range(1_000, 1_010));
        assertThat(EditedContent.touched(1_000, List.of(new Edit.Resize(10)), false))
                .containsExactly(new EditedContent.Range(10, Long.MAX_VALUE));
        assertThat(EditedContent.touched(1_000, List.of(new Edit.Resize(1_001)), false))
                .isEmpty();
    }

    private byte[] edit(Random random, EditedContent content, byte[] model) {
        int offset = random.nextInt(FILE_BYTES_MAX);
        int length = 1 + random.nextInt(random.nextBoolean() ? 50 : 8_000);
        return switch (random.nextInt(6)) {
            case 0, 1 -> {
                byte[] written = random(random, length + random.nextInt(10));
                int from = random.nextInt(written.length - length + 1);
                content.apply(
                        new Edit.Overlay(offset, length, blob(written), from, written.length), random.nextBoolean());
                yield overlaid(model, offset, Arrays.copyOfRange(written, from, from + length));
            }
            case 2 -> {
                byte[] written = random(random, length);
                content.apply(new Edit.Append(offset, length, blob(written), 0, length), true);
                yield overlaid(model, model.length, written);
            }
            case 3 -> {
                byte[] written = random(random, random.nextInt(MetaFs.INLINE_BYTES_MAX + 1));
                content.apply(new Edit.Inline(Bytes.wrap(written)), false);
                yield written.clone();
            }
            case 4 -> {
                content.apply(new Edit.Punch(offset, random.nextInt(10) == 0 ? Long.MAX_VALUE : length), false);
                byte[] punched = model.clone();
                Arrays.fill(punched, Math.min(offset, model.length), Math.min(offset + length, model.length), (byte) 0);
                yield content.sizeBytes() == 0 ? new byte[0] : matchingHole(content, punched, offset);
            }
            default -> {
                int size = random.nextInt(4) == 0 ? 0 : offset;
                content.apply(new Edit.Resize(size), false);
                yield Arrays.copyOf(model, size);
            }
        };
    }

    /** Punches of endless length reach to the end of the file. */
    private static byte[] matchingHole(EditedContent content, byte[] punched, int offset) {
        boolean endless = content.extents().within(offset, Long.MAX_VALUE).isEmpty();
        if (endless && offset < punched.length) {
            Arrays.fill(punched, offset, punched.length, (byte) 0);
        }
        return punched;
    }

    private byte[] bytes(Layout layout, int size) {
        if (layout instanceof Layout.Inline(Bytes content)) {
            return content.toArray();
        }
        byte[] bytes = new byte[size];
        for (Extent extent : ((Layout.Extents) layout).extents()) {
            byte[] blob = Objects.requireNonNull(blobs.get(extent.blob()));
            assertThat(extent.blobSizeBytes()).isEqualTo(blob.length);
            System.arraycopy(
                    blob, (int) extent.blobOffset(), bytes, (int) extent.fileOffset(), (int) extent.lengthBytes());
        }
        return bytes;
    }

    private static Map<BlobId, Long> references(Layout layout) {
        Map<BlobId, Long> bytes = new HashMap<>();
        if (layout instanceof Layout.Extents(List<Extent> extents)) {
            extents.forEach(extent -> bytes.merge(extent.blob(), extent.lengthBytes(), Long::sum));
        }
        return bytes;
    }

    private BlobId blob(byte[] content) {
        BlobId id = new BlobId(7, nextBlob++);
        blobs.put(id, content);
        return id;
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] overlaid(byte[] model, int offset, byte[] written) {
        byte[] grown = Arrays.copyOf(model, Math.max(model.length, offset + written.length));
        System.arraycopy(written, 0, grown, offset, written.length);
        return grown;
    }
}

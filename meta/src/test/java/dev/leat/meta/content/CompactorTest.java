package dev.leat.meta.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Packs that have become sparse, and files in crumbs. */
class CompactorTest {
    private static final int FILES = 10;
    private static final int EACH = 10_000;

    private final Map<BlobId, byte[]> blobs = new ConcurrentHashMap<>();
    private final List<Long> inos = new ArrayList<>();
    private final List<Long> moved = new ArrayList<>();
    private final Host host = new Host();
    private final byte[] pack = new byte[FILES * EACH];

    @SuppressWarnings("NullAway.Init")
    private ContentClient client;

    @BeforeEach
    void fill() throws Exception {
        client = new ContentClient(new MemoryEngine(new MemoryVolume()), blobs);
        client.format();
        new Random(3).nextBytes(pack);
        try (BlobLease lease = client.upload(pack)) {
            for (int i = 0; i < FILES; i++) {
                long ino = client.create("f" + i);
                inos.add(ino);
                client.publish(
                        ino,
                        List.of(new Edit.Overlay(0, EACH, lease.id(), (long) i * EACH, pack.length)),
                        List.of(new NewBlob(lease.id(), pack.length)));
            }
        }
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void aSparsePackIsWrittenAnew() throws Exception {
        assertThat(plan(CompactionRule.BACKGROUND)).isEmpty();
        for (int i = 0; i < 7; i++) {
            client.remove(inos.get(i), "f" + i);
        }
        List<CompactionWork> plan = plan(CompactionRule.BACKGROUND);
        assertThat(plan).extracting(CompactionWork::ino).containsExactlyInAnyOrderElementsOf(inos.subList(7, 10));
        assertThat(CompactionPlan.make(client.engine, CompactionRule.BACKGROUND, 1))
                .hasSize(1);
        FileView before = client.content.view(inos.get(8));
        CompactionReport report = new Compactor(client.content, host).run(plan);
        assertThat(report.blobs()).isEqualTo(1);
        assertThat(report.bytes()).isBetween(3L * EACH, 3L * EACH + 2 * 4096);
        assertThat(moved).containsExactlyInAnyOrderElementsOf(inos.subList(7, 10));
        FileView after = client.content.view(inos.get(8));
        assertThat(after.attr()).isEqualTo(before.attr());
        assertThat(after.stamp()).isNotEqualTo(before.stamp());
        assertThat(after.version()).as("the content is the same").isEqualTo(before.version());
        Set<BlobId> used = new HashSet<>();
        for (int i = 7; i < FILES; i++) {
            check(i);
            Extent extent = Objects.requireNonNull(
                            client.content.view(inos.get(i)).extents())
                    .getFirst();
            assertThat(extent.blobOffset() % 4096).isZero();
            used.add(extent.blob());
        }
        assertThat(used).hasSize(1);
        LiveBytes.assertExact(client.engine, "after compaction");
        assertThat(plan(CompactionRule.BACKGROUND)).isEmpty();
    }

    @Test
    void whatChangesMeanwhileStaysAsItWasLeft() throws Exception {
        for (int i = 0; i < 7; i++) {
            client.remove(inos.get(i), "f" + i);
        }
        List<CompactionWork> plan = plan(CompactionRule.BACKGROUND);
        client.remove(inos.get(7), "f7");
        Compactor racing = new Compactor(client.content, new Host() {
            @Override
            public void copy(BlobId blob, long size, List<Compactor.Piece> pieces) throws IOException {
                super.copy(blob, size, pieces);
                write(inos.get(8), 5, new byte[] {1, 2, 3});
            }
        });
        racing.run(plan);
        check(9);
        byte[] expected = Arrays.copyOfRange(pack, 8 * EACH, 9 * EACH);
        System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 5, 3);
        assertThat(client.read(inos.get(8))).isEqualTo(expected);
        // What was not written over lies in the new blob all the same.
        assertThat(Objects.requireNonNull(client.content.view(inos.get(8)).extents()))
                .hasSize(3)
                .noneMatch(extent -> extent.blobSizeBytes() == pack.length);
        LiveBytes.assertExact(client.engine, "after the race");
    }

    @Test
    void twoWhoCompactTheSameDoNoHarm() throws Exception {
        crumble(inos.getFirst(), 2_000);
        byte[] before = client.read(inos.getFirst());
        List<CompactionWork> plan = plan(CompactionRule.BACKGROUND);
        Compactor second = new Compactor(client.content, host);
        Compactor first = new Compactor(client.content, new Host() {
            @Override
            public void copy(BlobId blob, long size, List<Compactor.Piece> pieces) throws IOException {
                super.copy(blob, size, pieces);
                second.run(plan);
            }
        });
        first.run(plan);
        assertThat(client.read(inos.getFirst())).isEqualTo(before);
        LiveBytes.assertExact(client.engine, "after both");
        assertThat(plan(CompactionRule.BACKGROUND)).isEmpty();
    }

    @Test
    void crumbsBecomeOnePiece() throws Exception {
        long ino = inos.getFirst();
        crumble(ino, 2_000);
        byte[] before = client.read(ino);
        assertThat(client.content.extentCount(ino)).isEqualTo(2_001);
        new Compactor(client.content, host).run(plan(CompactionRule.BACKGROUND));
        assertThat(client.read(ino)).isEqualTo(before);
        assertThat(extents(ino)).hasSizeLessThan(10);
        assertThat(client.content.extentCount(ino)).isLessThan(10);
        LiveBytes.assertExact(client.engine, "after compaction");
    }

    @Test
    void aThousandBlobsOfOneFileBecomeOne() throws Exception {
        long ino = client.create("log");
        Random random = new Random(5);
        for (int i = 0; i < 1_000; i++) {
            byte[] line = new byte[1 + random.nextInt(300)];
            random.nextBytes(line);
            client.write(ino, client.content.view(ino).attr().sizeBytes(), line);
        }
        byte[] before = client.read(ino);
        List<CompactionWork> plan = CompactionPlan.ofFile(client.content, ino, CompactionRule.BACKGROUND);
        CompactionReport report = new Compactor(client.content, host).run(plan);
        assertThat(report).isEqualTo(new CompactionReport(1_000, 1, 1, before.length));
        assertThat(client.read(ino)).isEqualTo(before);
        assertThat(Objects.requireNonNull(client.content.view(ino).extents())).hasSize(1);
        LiveBytes.assertExact(client.engine, "after compaction");
        assertThat(CompactionPlan.ofFile(client.content, ino, CompactionRule.ALL))
                .isEmpty();
        assertThat(CompactionPlan.ofFile(client.content, 12345, CompactionRule.ALL))
                .isEmpty();
    }

    @Test
    void aGrowingLogIsWrittenAnewLogarithmically() throws Exception {
        long ino = client.create("log");
        long written = 0;
        for (int i = 1; i <= 2_000; i++) {
            client.write(ino, client.content.view(ino).attr().sizeBytes(), new byte[100]);
            if (i % 20 == 0) {
                List<CompactionWork> plan = CompactionPlan.ofFile(client.content, ino, CompactionRule.BACKGROUND);
                written += new Compactor(client.content, host).run(plan).bytes();
            }
        }
        assertThat(client.content.view(ino).attr().sizeBytes()).isEqualTo(200_000);
        assertThat(client.content.extentCount(ino)).isLessThan(32);
        // Each byte is written anew about log2(100) times; written each time it would be 50.
        assertThat(written).isLessThan(8 * 200_000);
    }

    @Test
    void largePiecesStayWhereTheyAre() {
        BlobId blob = new BlobId(1, 1);
        List<Extent> extents = new ArrayList<>();
        long at = 0;
        for (long length : new long[] {8 << 20, 10, 10, 4 << 20, 10, 3 << 20, 3 << 20, 3 << 20, 10, 10}) {
            extents.add(new Extent(at, length, blob, 3 * at, 1L << 40));
            at += length;
        }
        assertThat(CompactionRule.ALL.runs(extents)).containsExactly(extents.subList(1, 3));
        assertThat(CompactionRule.BACKGROUND.runs(extents)).isEmpty();
        // A large piece in a wasteful blob is cut, so that a copy never grows beyond one blob.
        assertThat(CompactionWork.cut(List.of(new Extent(0, 200L << 20, blob, 0, 1L << 40))))
                .extracting(ExtentMap::coveredBytes)
                .containsExactly(64L << 20, 64L << 20, 64L << 20, 8L << 20);
    }

    private List<CompactionWork> plan(CompactionRule rule) throws Exception {
        return CompactionPlan.make(client.engine, rule, Long.MAX_VALUE);
    }

    /** Overwrites single bytes by those of one new blob, none beside another. */
    private void crumble(long ino, int count) throws Exception {
        List<Edit> edits = new ArrayList<>();
        byte[] crumbs = new byte[2 * count];
        new Random(4).nextBytes(crumbs);
        try (BlobLease lease = client.upload(crumbs)) {
            for (int i = 0; i < count; i++) {
                edits.add(new Edit.Overlay(i, 1, lease.id(), 2L * i, crumbs.length));
            }
            client.publish(ino, edits, List.of(new NewBlob(lease.id(), crumbs.length)));
        }
    }

    private List<Extent> extents(long ino) throws Exception {
        FileView view = client.content.view(ino);
        List<Extent> few = view.extents();
        return few != null ? few : client.content.extents(view, 0, Long.MAX_VALUE);
    }

    private void write(long ino, long offset, byte[] bytes) {
        try {
            client.write(ino, offset, bytes);
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
    }

    private void check(int i) throws Exception {
        assertThat(client.read(inos.get(i))).isEqualTo(Arrays.copyOfRange(pack, i * EACH, (i + 1) * EACH));
    }

    /** Copies between the blobs of the test. */
    private class Host implements Compactor.Host {
        @Override
        public void copy(BlobId blob, long size, List<Compactor.Piece> pieces) throws IOException {
            byte[] bytes = new byte[(int) size];
            for (Compactor.Piece piece : pieces) {
                Extent source = piece.source();
                System.arraycopy(
                        Objects.requireNonNull(blobs.get(source.blob())),
                        (int) source.blobOffset(),
                        bytes,
                        (int) piece.blobOffset(),
                        (int) source.lengthBytes());
            }
            blobs.put(blob, bytes);
        }

        @Override
        public void moved(long ino) {
            moved.add(ino);
        }
    }
}

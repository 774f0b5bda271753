package dev.leat.meta.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.NewBlob;
import dev.leat.store.BlobId;
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
        assertThat(CompactionPlan.make(client.engine, Long.MAX_VALUE)).isEmpty();
        for (int i = 0; i < 7; i++) {
            client.remove(inos.get(i), "f" + i);
        }
        List<CompactionWork> plan = CompactionPlan.make(client.engine, Long.MAX_VALUE);
        assertThat(plan).extracting(CompactionWork::ino).containsExactlyInAnyOrderElementsOf(inos.subList(7, 10));
        assertThat(CompactionPlan.make(client.engine, 1)).hasSize(1);
        FileView before = client.content.view(inos.get(8));
        assertThat(new Compactor(client.content, this::copy).run(plan)).isEqualTo(3L * EACH);
        assertThat(client.content.view(inos.get(8)).attr()).isEqualTo(before.attr());
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
        assertThat(CompactionPlan.make(client.engine, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void aFileThatChangesMeanwhileIsLeftAlone() throws Exception {
        for (int i = 0; i < 7; i++) {
            client.remove(inos.get(i), "f" + i);
        }
        List<CompactionWork> plan = CompactionPlan.make(client.engine, Long.MAX_VALUE);
        client.remove(inos.get(7), "f7");
        Compactor racing = new Compactor(client.content, (blob, size, pieces) -> {
            copy(blob, size, pieces);
            client.write(inos.get(8), 5, new byte[] {1, 2, 3});
        });
        assertThat(racing.run(plan)).isEqualTo(EACH);
        check(9);
        byte[] expected = Arrays.copyOfRange(pack, 8 * EACH, 9 * EACH);
        System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 5, 3);
        assertThat(client.read(inos.get(8))).isEqualTo(expected);
        LiveBytes.assertExact(client.engine, "after the race");
    }

    @Test
    void crumbsBecomeOnePiece() throws Exception {
        long ino = inos.getFirst();
        List<Edit> edits = new ArrayList<>();
        byte[] crumbs = new byte[4_000];
        new Random(4).nextBytes(crumbs);
        try (BlobLease lease = client.upload(crumbs)) {
            for (int i = 0; i < 2_000; i++) {
                edits.add(new Edit.Overlay(i, 1, lease.id(), 2L * i, crumbs.length));
            }
            client.publish(ino, edits, List.of(new NewBlob(lease.id(), crumbs.length)));
        }
        byte[] before = client.read(ino);
        FileView view = client.content.view(ino);
        assertThat(client.content.extents(view, 0, Long.MAX_VALUE)).hasSize(2_001);
        new Compactor(client.content, this::copy).run(CompactionPlan.make(client.engine, Long.MAX_VALUE));
        assertThat(client.read(ino)).isEqualTo(before);
        FileView after = client.content.view(ino);
        List<Extent> extents = after.extents() != null
                ? Objects.requireNonNull(after.extents())
                : client.content.extents(after, 0, Long.MAX_VALUE);
        assertThat(extents).hasSizeLessThan(10);
        LiveBytes.assertExact(client.engine, "after compaction");
    }

    private void check(int i) throws Exception {
        assertThat(client.read(inos.get(i))).isEqualTo(Arrays.copyOfRange(pack, i * EACH, (i + 1) * EACH));
    }

    private void copy(BlobId blob, long size, List<Compactor.Piece> pieces) {
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
}

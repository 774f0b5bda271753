package dev.leat.meta.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Publications on a memory volume, alone and against other clients. */
class ContentStoreTest {
    private final MemoryVolume volume = new MemoryVolume();
    private final Map<BlobId, byte[]> blobs = new ConcurrentHashMap<>();
    private final List<ContentClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(ContentClient::close);
    }

    @Test
    void aSmallFileLivesInItsRecordUntilItGrows() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        FileView view = client.publish(ino, List.of(new Edit.Inline(Bytes.of("hello"))), List.of());
        assertThat(view.inline()).isEqualTo(Bytes.of("hello"));
        assertThat(view.attr().sizeBytes()).isEqualTo(5);
        assertThat(view.attr().allocatedBytes()).isEqualTo(5);
        assertThat(client.content.view(ino)).isEqualTo(view);

        client.resize(ino, 4);
        assertThat(client.read(ino)).isEqualTo("hell".getBytes(UTF_8));
        assertThat(blobs).isEmpty();
        // Too long for the record: the content becomes a blob, the rest a hole.
        client.resize(ino, 100_000);
        assertThat(blobs).hasSize(1);
        assertThat(client.content.view(ino).attr().allocatedBytes()).isEqualTo(4);
        assertThat(client.read(ino)).isEqualTo(Arrays.copyOf("hell".getBytes(UTF_8), 100_000));
        client.resize(ino, 0);
        assertThat(client.content.view(ino).extents()).isEmpty();
        LiveBytes.assertExact(client.engine, "at the end");
    }

    @Test
    void writingSetsTimesAndTakesPrivileges() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        client.content.update(
                ino, List.of(), file -> file.with(file.attributes().withMode(06755)), false);
        Time past = new Time(1_000, 5);
        Publication publication =
                new Publication(ino, null, List.of(new Edit.Inline(Bytes.of("x"))), past, List.of(), true);
        FileView view = Objects.requireNonNull(
                client.content.publish(List.of(publication), true).getFirst());
        assertThat(view.attr().mode()).isEqualTo(0755);
        assertThat(view.attr().mtime()).isEqualTo(past);
        assertThat(view.attr().ctime()).isEqualTo(past);
        Time before = Time.now(java.time.Clock.systemUTC());
        FileView now = client.publish(ino, List.of(new Edit.Inline(Bytes.of("y"))), List.of());
        assertThat(now.attr().mtime())
                .isGreaterThanOrEqualTo(before)
                .isEqualTo(now.attr().ctime());
    }

    @Test
    void aPackIsSharedByManyFilesOverSeveralCommits() throws Exception {
        ContentClient client = client();
        byte[] pack = new byte[130 * 100];
        new Random(1).nextBytes(pack);
        try (BlobLease blob = client.upload(pack)) {
            List<Publication> publications = new ArrayList<>();
            List<Long> inos = new ArrayList<>();
            for (int i = 0; i < 130; i++) {
                long ino = client.create("f" + i);
                inos.add(ino);
                publications.add(new Publication(
                        ino,
                        null,
                        List.of(new Edit.Overlay(0, 100, blob.id(), i * 100L, pack.length)),
                        null,
                        List.of(new NewBlob(blob.id(), pack.length)),
                        false));
            }
            publications.add(new Publication(-5, null, List.of(new Edit.Resize(0)), null, List.of(), false));
            List<FileView> views = client.content.publish(publications, false);
            assertThat(views).hasSize(131);
            assertThat(views.getLast()).isNull();
            for (int i = 0; i < 130; i++) {
                assertThat(client.read(inos.get(i))).isEqualTo(Arrays.copyOfRange(pack, i * 100, i * 100 + 100));
                assertThat(views.get(i)).isEqualTo(client.content.view(inos.get(i)));
            }
        }
        LiveBytes.assertExact(client.engine, "a pack");
    }

    @Test
    void manyExtentsGoToPagesOfWhichFewAreTouched() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        byte[] blobBytes = new byte[1 << 20];
        new Random(2).nextBytes(blobBytes);
        byte[] model = new byte[1 << 20];
        try (BlobLease blob = client.upload(blobBytes)) {
            List<Edit> edits = new ArrayList<>();
            // Every second block of 512 bytes, so that nothing joins.
            for (int at = 0; at < model.length; at += 1_024) {
                edits.add(new Edit.Overlay(at, 512, blob.id(), at, blobBytes.length));
                System.arraycopy(blobBytes, at, model, at, 512);
            }
            FileView view = client.publish(ino, edits, List.of(new NewBlob(blob.id(), blobBytes.length)));
            assertThat(view.extents()).isNull();
            model = Arrays.copyOf(model, (int) view.attr().sizeBytes());
        }
        assertThat(client.read(ino)).isEqualTo(model);
        assertThat(pages(client, ino)).isEqualTo(4);

        byte[] written = {1, 2, 3};
        client.write(ino, 300_000, written);
        System.arraycopy(written, 0, model, 300_000, 3);
        assertThat(client.read(ino)).isEqualTo(model);
        FileView view = client.content.view(ino);
        assertThat(client.content.extents(view, 300_000, 2)).singleElement().satisfies(extent -> {
            assertThat(extent.fileOffset()).isEqualTo(300_000);
            assertThat(extent.lengthBytes()).isEqualTo(3);
        });
        LiveBytes.assertExact(client.engine, "pages");
        client.resize(ino, 2_000);
        assertThat(client.content.view(ino).extents()).hasSize(2);
        assertThat(pages(client, ino)).isZero();
        LiveBytes.assertExact(client.engine, "back in the record");
    }

    @Test
    void aGiantPublicationBecomesVisibleAtOnce() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        client.write(ino, 0, new byte[10]);
        List<BlobLease> leases = new ArrayList<>();
        List<Edit> edits = new ArrayList<>();
        List<NewBlob> added = new ArrayList<>();
        byte[] model = new byte[3 * 2_000];
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = {(byte) i, (byte) (i >> 8), 7};
            BlobLease lease = client.upload(bytes);
            leases.add(lease);
            edits.add(new Edit.Overlay(3L * i, 3, lease.id(), 0, 3));
            added.add(new NewBlob(lease.id(), 3));
            System.arraycopy(bytes, 0, model, 3 * i, 3);
        }
        FileView view = client.publish(ino, edits, added);
        leases.forEach(BlobLease::close);
        assertThat(view).isEqualTo(client.content.view(ino));
        assertThat(client.read(ino)).isEqualTo(model);
        LiveBytes.assertExact(client.engine, "a giant publication");

        // Touches every page at once: as large again.
        List<Edit> holes = new ArrayList<>();
        for (int i = 0; i < 2_000; i += 2) {
            holes.add(new Edit.Punch(3L * i, 1));
            model[3 * i] = 0;
        }
        client.publish(ino, holes, List.of());
        assertThat(client.read(ino)).isEqualTo(model);
        LiveBytes.assertExact(client.engine, "after the holes");
        client.resize(ino, 0);
        assertThat(client.content.view(ino).extents()).isEmpty();
        LiveBytes.assertExact(client.engine, "pages that no record uses count until they are gone");
        assertThat(client.engine.scan(Keys.unusedPages(), null, 100)).hasSize(2);
    }

    @Test
    void aBlobThatIsGoneCannotBeReferred() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        Edit edit = new Edit.Overlay(0, 10, new BlobId(5, 5), 0, 10);
        assertThatThrownBy(() -> client.publish(ino, List.of(edit), List.of()))
                .isInstanceOf(FsException.class)
                .hasMessageContaining("no longer there");
        assertThat(client.content.view(ino).attr().sizeBytes()).isZero();
    }

    @Test
    void twoClientsThatAppendLoseNothing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("twoClientsThatAppendLoseNothing seed " + seed);
        ContentClient first = faulty(seed);
        long ino = first.create("log");
        int each = 60;
        List<Callable<Void>> work = new ArrayList<>();
        for (int c = 0; c < 3; c++) {
            ContentClient client = c == 0 ? first : faulty(seed + c);
            int number = c;
            work.add(() -> {
                FileView view = client.content.view(ino);
                for (int i = 0; i < each; i++) {
                    byte[] line = "%02d:%03d;".formatted(number, i).getBytes(UTF_8);
                    try (BlobLease blob = client.upload(line)) {
                        Edit append = new Edit.Append(view.attr().sizeBytes(), line.length, blob.id(), 0, line.length);
                        view = Objects.requireNonNull(client.content
                                .publish(
                                        List.of(new Publication(
                                                ino,
                                                view.version(),
                                                List.of(append),
                                                null,
                                                List.of(new NewBlob(blob.id(), line.length)),
                                                false)),
                                        false)
                                .getFirst());
                    }
                }
                return null;
            });
        }
        runAll(work);
        List<String> lines = List.of(new String(first.read(ino), UTF_8).split(";"));
        assertThat(lines).as("seed %s", seed).hasSize(3 * each).doesNotHaveDuplicates();
        for (int c = 0; c < 3; c++) {
            String prefix = "%02d:".formatted(c);
            assertThat(lines.stream().filter(line -> line.startsWith(prefix)).toList())
                    .isSorted()
                    .hasSize(each);
        }
        LiveBytes.assertExact(client().engine, "seed " + seed);
    }

    @Test
    void anyEditsByManyClientsKeepEveryRangeAndEveryCount() throws Exception {
        long seed = System.nanoTime();
        System.out.println("anyEditsByManyClientsKeepEveryRangeAndEveryCount seed " + seed);
        ContentClient first = faulty(seed);
        long ino = first.create("f");
        // Each client owns every third block; what it wrote there last must be there at the end.
        int block = 97;
        int blocksEach = 400;
        byte[][] owned = new byte[3 * blocksEach][];
        List<Callable<Void>> work = new ArrayList<>();
        for (int c = 0; c < 3; c++) {
            ContentClient client = c == 0 ? first : faulty(seed + c);
            int number = c;
            work.add(() -> {
                Random random = new Random(seed * 31 + number);
                for (int i = 0; i < 120; i++) {
                    List<Edit> edits = new ArrayList<>();
                    List<NewBlob> added = new ArrayList<>();
                    List<BlobLease> leases = new ArrayList<>();
                    for (int e = random.nextInt(12); e >= 0; e--) {
                        int at = 3 * random.nextInt(blocksEach) + number;
                        byte[] bytes = new byte[block];
                        if (random.nextInt(4) == 0) {
                            edits.add(new Edit.Punch((long) at * block, block));
                        } else {
                            random.nextBytes(bytes);
                            BlobLease lease = client.upload(bytes);
                            leases.add(lease);
                            added.add(new NewBlob(lease.id(), block));
                            edits.add(new Edit.Overlay((long) at * block, block, lease.id(), 0, block));
                        }
                        owned[at] = bytes;
                    }
                    client.publish(ino, edits, added);
                    leases.forEach(BlobLease::close);
                    if (number == 0 && i % 20 == 0) {
                        client.rename(ino, i == 0 ? "f" : "f" + (i - 20), "f" + i);
                    }
                }
                return null;
            });
        }
        runAll(work);
        byte[] expected = new byte[3 * blocksEach * block];
        for (int i = 0; i < owned.length; i++) {
            if (owned[i] != null) {
                System.arraycopy(owned[i], 0, expected, i * block, block);
            }
        }
        byte[] found = first.read(ino);
        assertThat(Arrays.copyOf(found, expected.length)).as("seed %s", seed).isEqualTo(expected);
        LiveBytes.assertExact(client().engine, "seed " + seed);
        FileView view = first.content.view(ino);
        List<Extent> all = first.content.extents(view, 0, Long.MAX_VALUE);
        assertThat(view.attr().allocatedBytes()).isEqualTo(ExtentMap.coveredBytes(all));
    }

    @Test
    void anyEditsOfAPagedFileLeaveWhatAByteArrayHolds() throws Exception {
        long seed = System.nanoTime();
        System.out.println("anyEditsOfAPagedFileLeaveWhatAByteArrayHolds seed " + seed);
        Random random = new Random(seed);
        ContentClient client = client();
        long ino = client.create("f");
        byte[] model = new byte[0];
        for (int round = 0; round < 150; round++) {
            List<Edit> edits = new ArrayList<>();
            byte[] source = new byte[3_000];
            random.nextBytes(source);
            try (BlobLease blob = client.upload(source)) {
                int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 600 : 20);
                for (int i = 0; i < count; i++) {
                    int at = random.nextInt(200_000);
                    int from = random.nextInt(2_900);
                    int length = 1 + random.nextInt(100);
                    switch (random.nextInt(count < 3 ? 12 : 10)) {
                        case 0, 1 -> {
                            int hole = random.nextInt(5_000);
                            edits.add(new Edit.Punch(at, hole));
                            Arrays.fill(model, Math.min(at, model.length), Math.min(at + hole, model.length), (byte) 0);
                        }
                        case 10 -> {
                            int size = random.nextInt(200_000);
                            edits.add(new Edit.Resize(size));
                            model = Arrays.copyOf(model, size);
                        }
                        default -> {
                            edits.add(new Edit.Overlay(at, length, blob.id(), from, source.length));
                            model = Arrays.copyOf(model, Math.max(model.length, at + length));
                            System.arraycopy(source, from, model, at, length);
                        }
                    }
                }
                client.publish(ino, edits, List.of(new NewBlob(blob.id(), source.length)));
            }
            assertThat(client.read(ino)).as("seed %s round %s", seed, round).isEqualTo(model);
            LiveBytes.assertExact(client.engine, "seed " + seed + " round " + round);
            FileView view = client.content.view(ino);
            int at = random.nextInt(200_000);
            if (view.extents() == null) {
                List<Extent> part = client.content.extents(view, at, 500);
                List<Extent> whole = client.content.extents(view, 0, Long.MAX_VALUE);
                assertThat(ExtentMap.slice(part, at, at + 500L))
                        .as("seed %s", seed)
                        .isEqualTo(ExtentMap.slice(whole, at, at + 500L));
                checkCounts(client, ino, whole, view);
            }
        }
    }

    private static void checkCounts(ContentClient client, long ino, List<Extent> whole, FileView view)
            throws Exception {
        assertThat(view.attr().allocatedBytes()).isEqualTo(ExtentMap.coveredBytes(whole));
        FileRef ref = client.transactions.run(tx -> Objects.requireNonNull(client.content.resolve(tx, ino)));
        Layout.Paged layout = (Layout.Paged) ref.file().layout();
        assertThat(layout.pages()).isEqualTo(pages(client, ino));
        long extents = 0;
        for (var page : client.engine.scan(Keys.pages(ino, layout.generation()), null, 1_000)) {
            extents += ExtentPage.decode(page.getValue().bytes()).extents().size();
        }
        assertThat(layout.extents()).isEqualTo(extents);
    }

    private static int pages(ContentClient client, long ino) throws Exception {
        FileRef ref = client.transactions.run(tx -> Objects.requireNonNull(client.content.resolve(tx, ino)));
        return ref.file().layout() instanceof Layout.Paged paged
                ? client.engine
                        .scan(Keys.pages(ino, paged.generation()), null, 1_000)
                        .size()
                : client.engine.scan(Keys.pages(ino), null, 1_000).size();
    }

    private static void runAll(List<Callable<Void>> work) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(work.size())) {
            for (Future<Void> done : pool.invokeAll(work)) {
                done.get();
            }
        }
    }

    /** One more client's engine on the volume of this test. */
    MetaEngine engine() throws MetaException {
        return new MemoryEngine(volume);
    }

    private ContentClient client() throws IOException {
        ContentClient client = new ContentClient(engine(), blobs);
        clients.add(client);
        return client;
    }

    private ContentClient faulty(long seed) throws IOException {
        ContentClient client = new ContentClient(new FaultyEngine(engine(), seed, FaultyEngine.Faults.SOME), blobs);
        clients.add(client);
        return client;
    }
}

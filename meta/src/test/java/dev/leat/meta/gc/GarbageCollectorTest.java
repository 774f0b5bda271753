package dev.leat.meta.gc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.content.ContentClient;
import dev.leat.meta.content.LiveBytes;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.StoreException;
import dev.leat.store.file.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Garbage collection on a directory as a store, with writers that are slow, careless and dead. */
class GarbageCollectorTest {
    private static final VolumeMarker MARKER = new VolumeMarker(new UUID(1, 2), 77);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final MemoryVolume volume = new MemoryVolume();
    private final List<ContentClient> clients = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private FileStore store;

    @SuppressWarnings("NullAway.Init")
    private StoreMap blobs;

    @BeforeEach
    void open() throws Exception {
        store = FileStore.create(directory.resolve("store"));
        blobs = new StoreMap(store);
        MARKER.create(store);
    }

    @AfterEach
    void close() {
        clients.forEach(ContentClient::close);
        store.close();
    }

    @Test
    void whatAFileNoLongerUsesIsDeletedWhenEveryClientHasHeardOfIt() throws Exception {
        ContentClient writer = client();
        ContentClient collector = client();
        long ino = writer.create("f");
        writer.write(ino, 0, "first".getBytes(UTF_8));
        writer.write(ino, 0, "other".getBytes(UTF_8));
        assertThat(blobs.keySet()).hasSize(2);
        GarbageCollector gc = collector(collector);
        // The writer has not said that it is done with these ids.
        assertThat(gc.all(false).doomed()).isZero();
        writer.session.beat();
        GcReport doomed = gc.all(false);
        assertThat(doomed.doomed()).isEqualTo(1);
        assertThat(doomed.waiting()).isEqualTo(1);
        writer.session.beat();
        assertThat(gc.all(false).deletedBlobs()).isZero();
        writer.session.beat();
        GcReport deleted = gc.all(false);
        assertThat(deleted.deletedBlobs()).isEqualTo(1);
        assertThat(deleted.deletedBytes()).isEqualTo(5);
        assertThat(blobs.keySet()).hasSize(1);
        assertThat(writer.read(ino)).isEqualTo("other".getBytes(UTF_8));
        assertThat(gc.all(false)).isEqualTo(new GcReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void whatIsUploadedAndNotYetPublishedIsLeftAlone() throws Exception {
        ContentClient writer = client();
        GarbageCollector gc = collector(client());
        long ino = writer.create("f");
        try (BlobLease lease = writer.upload("slow".getBytes(UTF_8))) {
            writer.write(ino, 10, "fast".getBytes(UTF_8));
            writer.session.beat();
            assertThat(gc.all(false).strayObjects()).isZero();
            writer.publish(ino, List.of(new Edit.Overlay(0, 4, lease.id(), 0, 4)), List.of(new NewBlob(lease.id(), 4)));
        }
        writer.session.beat();
        assertThat(gc.all(false).strayObjects()).isZero();
        assertThat(writer.read(ino)).startsWith("slow".getBytes(UTF_8));
        // Given up: the lease is over and nothing refers to it.
        writer.upload("never used".getBytes(UTF_8)).close();
        assertThat(gc.all(false).strayObjects()).isZero();
        writer.session.beat();
        GcReport dry = gc.all(true);
        assertThat(dry.strayObjects()).isEqualTo(1);
        assertThat(dry.strayBytes()).isEqualTo(10);
        assertThat(blobs.keySet()).hasSize(3);
        assertThat(gc.all(false).strayObjects()).isEqualTo(1);
        assertThat(blobs.keySet()).hasSize(2);
    }

    @Test
    void deadWritersLeaveNothing() throws Exception {
        ContentClient writer = client();
        ContentClient other = client();
        long ino = writer.create("f");
        writer.write(ino, 0, "kept".getBytes(UTF_8));
        BlobLease lost = writer.upload("lost".getBytes(UTF_8));
        BlobLease begun = writer.content.newBlob();
        MultipartUpload upload = store.upload(ContentClient.KEYS.key(begun.id()));
        upload.part(1, ByteBuffer.wrap(new byte[100]));
        GarbageCollector gc = collector(other);
        assertThat(gc.all(false).uploads()).isZero();
        // Its lease passes; the other client declares it dead.
        List<SessionRecord> dead = new ArrayList<>(other.session.watchOthers());
        for (int seconds = 0; seconds < 61; seconds += 10) {
            other.nanos.addAndGet(10_000_000_000L);
            dead.addAll(other.session.watchOthers());
        }
        assertThat(dead).hasSize(1);
        assertThatThrownBy(() -> writer.publish(
                        ino, List.of(new Edit.Overlay(0, 4, lost.id(), 0, 4)), List.of(new NewBlob(lost.id(), 4))))
                .isInstanceOf(FsException.class);
        GcReport report = gc.all(false);
        assertThat(report.strayObjects()).isEqualTo(1);
        assertThat(report.uploads()).isEqualTo(1);
        assertThat(store.pendingUploads("")).isEmpty();
        assertThat(other.read(ino)).isEqualTo("kept".getBytes(UTF_8));
    }

    @Test
    void anotherVolumesStoreIsNotTouched() throws Exception {
        ContentClient client = client();
        client.upload("stray".getBytes(UTF_8)).close();
        client.session.beat();
        GarbageCollector other = new GarbageCollector(
                client.transactions, client.session, store, new VolumeMarker(new UUID(1, 2), 78), client.garbage);
        assertThatThrownBy(() -> other.all(false))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another incarnation");
        GarbageCollector elsewhere = new GarbageCollector(
                client.transactions, client.session, store, new VolumeMarker(new UUID(1, 3), 77), client.garbage);
        assertThatThrownBy(() -> elsewhere.all(false)).hasMessageContaining("no object");
        assertThat(blobs.keySet()).hasSize(1);
        store.put(
                ContentClient.KEYS.prefix() + "somebody's",
                ByteBuffer.wrap(new byte[1]),
                dev.leat.store.PutCondition.ALWAYS);
        GcReport report = collector(client).all(false);
        assertThat(report.foreign()).isEqualTo(1);
        assertThat(report.strayObjects()).isEqualTo(1);
        assertThat(store.head(ContentClient.KEYS.prefix() + "somebody's").sizeBytes())
                .isEqualTo(1);
    }

    @Test
    void pagesThatNobodyUsesAreTakenApart() throws Exception {
        ContentClient client = client();
        long ino = client.create("f");
        List<Edit> edits = new ArrayList<>();
        List<NewBlob> added = new ArrayList<>();
        List<BlobLease> leases = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            BlobLease lease = client.upload(new byte[] {1});
            leases.add(lease);
            edits.add(new Edit.Overlay(2L * i, 1, lease.id(), 0, 1));
            added.add(new NewBlob(lease.id(), 1));
        }
        client.publish(ino, edits, added);
        leases.forEach(BlobLease::close);
        client.resize(ino, 0);
        client.session.beat();
        GarbageCollector gc = collector(client);
        GcReport report = gc.freed();
        assertThat(report.pages()).isGreaterThan(5);
        assertThat(report.doomed()).isEqualTo(300);
        assertThat(report.deletedBlobs()).isEqualTo(300);
        assertThat(blobs.keySet()).isEmpty();
        assertThat(client.engine.scan(Keys.unusedPages(), null, 10)).isEmpty();
        assertThat(client.engine.scan(Keys.pages(ino), null, 10)).isEmpty();
        assertThat(client.engine.scan(Keys.blobs(), null, 10)).isEmpty();
    }

    @Test
    void writersAndCollectorsTogetherLoseNothingAndLeakNothing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("writersAndCollectorsTogetherLoseNothingAndLeakNothing seed " + seed);
        AtomicBoolean done = new AtomicBoolean();
        List<Callable<Void>> work = new ArrayList<>();
        for (int c = 0; c < 2; c++) {
            Writer writer = new Writer(faulty(seed + c), new Random(seed * 7 + c), "w" + c);
            work.add(() -> {
                for (int step = 0; step < 150; step++) {
                    writer.step();
                }
                writer.check();
                return null;
            });
        }
        ContentClient collecting = faulty(seed + 9);
        Callable<Void> collect = () -> {
            GarbageCollector gc = collector(collecting);
            while (!done.get()) {
                gc.all(false);
                gc.freed();
            }
            return null;
        };
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            Future<Void> collected = pool.submit(collect);
            List<Future<Void>> written = new ArrayList<>();
            work.forEach(one -> written.add(pool.submit(one)));
            try {
                for (Future<Void> one : written) {
                    one.get();
                }
            } finally {
                done.set(true);
            }
            collected.get();
        }
        clients.forEach(ContentClient::close);
        clients.clear();
        ContentClient last = client();
        GarbageCollector gc = collector(last);
        gc.all(false);
        LiveBytes.assertExact(last.engine, "seed " + seed);
        Set<BlobId> known = new HashSet<>();
        last.engine
                .scan(Keys.blobs(), null, 10_000)
                .forEach(row -> known.add(Keys.blobIn(row.getKey().name())));
        assertThat(blobs.keySet()).as("seed %s", seed).isEqualTo(known);
        assertThat(last.engine.scan(Keys.doomedBlobs(), null, 10)).isEmpty();
    }

    /** Does what applications do to a few files, and knows what must be in them. */
    private static final class Writer {
        private final ContentClient client;
        private final Random random;
        private final String name;
        private final Map<String, Long> inos = new HashMap<>();
        private final Map<String, byte[]> model = new HashMap<>();

        Writer(ContentClient client, Random random, String name) {
            this.client = client;
            this.random = random;
            this.name = name;
        }

        void step() throws Exception {
            String file = name + random.nextInt(5);
            Long ino = inos.get(file);
            if (ino == null) {
                inos.put(file, client.create(file));
                model.put(file, new byte[0]);
                return;
            }
            byte[] before = model.getOrDefault(file, new byte[0]);
            switch (random.nextInt(10)) {
                case 0 -> {
                    client.remove(ino, file);
                    inos.remove(file);
                    model.remove(file);
                }
                case 1 -> {
                    int size = random.nextInt(300);
                    client.resize(ino, size);
                    model.put(file, Arrays.copyOf(before, size));
                }
                // Uploaded, then given up.
                case 2 -> client.upload(new byte[] {9}).close();
                case 3 -> client.session.beat();
                case 4 -> check();
                case 5 -> manyPieces(ino, file, before);
                default -> {
                    int at = random.nextInt(300);
                    byte[] bytes = new byte[1 + random.nextInt(50)];
                    random.nextBytes(bytes);
                    client.write(ino, at, bytes);
                    byte[] after = Arrays.copyOf(before, Math.max(before.length, at + bytes.length));
                    System.arraycopy(bytes, 0, after, at, bytes.length);
                    model.put(file, after);
                }
            }
        }

        private void manyPieces(long ino, String file, byte[] before) throws FsException {
            List<Edit> edits = new ArrayList<>();
            byte[] source = new byte[200];
            random.nextBytes(source);
            byte[] after = Arrays.copyOf(before, Math.max(before.length, 199));
            try (BlobLease lease = client.upload(source)) {
                for (int at = 0; at < 200; at += 2) {
                    edits.add(new Edit.Overlay(at, 1, lease.id(), at, source.length));
                    after[at] = source[at];
                }
                client.publish(ino, edits, List.of(new NewBlob(lease.id(), source.length)));
            }
            model.put(file, after);
        }

        void check() throws Exception {
            for (Map.Entry<String, Long> file : inos.entrySet()) {
                assertThat(client.read(file.getValue())).isEqualTo(model.get(file.getKey()));
            }
        }
    }

    private GarbageCollector collector(ContentClient client) {
        return new GarbageCollector(client.transactions, client.session, store, MARKER, client.garbage);
    }

    /** One more client's engine on the volume of this test. */
    MetaEngine engine() throws MetaException {
        return new MemoryEngine(volume);
    }

    private ContentClient client() throws IOException {
        return client(engine());
    }

    private ContentClient faulty(long seed) throws IOException {
        return client(new FaultyEngine(engine(), seed, FaultyEngine.Faults.SOME));
    }

    private ContentClient client(MetaEngine engine) throws FsException {
        ContentClient client = new ContentClient(engine, blobs);
        clients.add(client);
        return client;
    }
}

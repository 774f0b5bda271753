package dev.leat.vfs;

import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.SessionToken;
import dev.leat.store.blob.BlobForm;
import dev.leat.store.blob.BlobStore;
import dev.leat.store.file.FileStore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A volume with its metadata in memory and its bytes in a directory, for as many clients as a test wants; no kernel is involved. */
final class TestVolume implements AutoCloseable {
    private final Path folder;
    private final MemoryVolume metadata = new MemoryVolume();
    private final FaultyStore store;
    private final BlobForm form;
    private final List<TestClient> clients = new ArrayList<>();

    TestVolume(Path folder, long seed) throws IOException {
        this(folder, seed, BlobForm.PLAIN);
    }

    /** A volume that keeps its blobs in a form of its own. */
    TestVolume(Path folder, long seed, BlobForm form) throws IOException {
        this.folder = folder;
        this.form = form;
        this.store = new FaultyStore(FileStore.create(Files.createDirectories(folder.resolve("store"))), seed);
        try (MemoryEngine engine = new MemoryEngine(metadata)) {
            Volumes.format(engine, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        }
    }

    /** The store that all clients use. */
    FaultyStore store() {
        return store;
    }

    /** One more client. */
    TestClient client(VfsOptions.ClosePolicy closePolicy) throws IOException {
        return client(closePolicy, SessionSpec.REQUEST_DEADLINE_DEFAULT);
    }

    /** One more client, which waits so long for an engine that does not answer. */
    TestClient client(VfsOptions.ClosePolicy closePolicy, Duration requestDeadline) throws IOException {
        String name = "client-" + clients.size();
        FlakyEngine engine = new FlakyEngine(new MemoryEngine(metadata));
        BlobStore blobs = form.open(store);
        VolumeFs meta =
                VolumeFs.mount(engine, MountSpec.of(name).withStore(blobs).withRequestDeadline(requestDeadline));
        TestClient client = new TestClient(engine, meta, blobs, folder.resolve(name), closePolicy);
        clients.add(client);
        return client;
    }

    /** One more client, which keeps a journal. */
    TestClient journaledClient() throws IOException {
        Path place = folder.resolve("client-" + clients.size());
        return journaled(place, Journal.create(place.resolve("journal")), null);
    }

    /** A client that goes on where another one stands now, as if that had been killed. */
    TestClient goOn(TestClient stopped) throws IOException {
        Path place = folder.resolve("client-" + clients.size());
        copy(stopped.work(), place.resolve("work"));
        copy(stopped.journal(), place.resolve("journal"));
        stopped.engine.close();
        SessionToken session = stopped.meta.client().writer().token();
        TestClient next = journaled(place, Journal.resume(place.resolve("journal")), session.next());
        next.vfs.resume(session.id());
        return next;
    }

    private TestClient journaled(Path place, Journal journal, @Nullable SessionToken session) throws IOException {
        FlakyEngine engine = new FlakyEngine(new MemoryEngine(metadata));
        BlobStore blobs = form.open(store);
        MountSpec spec = MountSpec.of("journaled").withStore(blobs).resuming(session);
        TestClient client = new TestClient(
                engine, VolumeFs.mount(engine, spec), blobs, place, VfsOptions.ClosePolicy.FLUSH, journal);
        clients.add(client);
        return client;
    }

    /** One more client, which keeps what it acknowledges on its work disk. */
    TestClient localClient(VfsOptions.ClosePolicy closePolicy, long boot, long unpublishedBytesMax) throws IOException {
        return local(folder.resolve("client-" + clients.size()), closePolicy, boot, unpublishedBytesMax);
    }

    /** A client that has what another one has on its disk now, as if that and its machine had stopped. */
    TestClient afterThe(TestClient stopped, long boot) throws IOException {
        return afterThe(stopped, boot, Long.MAX_VALUE);
    }

    /** The same, with 0 for a client that acknowledges nothing before the store has it. */
    TestClient afterThe(TestClient stopped, long boot, long unpublishedBytesMax) throws IOException {
        Path place = folder.resolve("client-" + clients.size());
        copy(stopped.work(), place.resolve("work"));
        stopped.engine.close();
        return local(place, VfsOptions.ClosePolicy.STAGED, boot, unpublishedBytesMax);
    }

    private TestClient local(Path place, VfsOptions.ClosePolicy closePolicy, long boot, long unpublishedBytesMax)
            throws IOException {
        FlakyEngine engine = new FlakyEngine(new MemoryEngine(metadata));
        BlobStore blobs = form.open(store);
        VolumeFs meta = VolumeFs.mount(engine, MountSpec.of("local").withStore(blobs));
        LocalOptions kept = new LocalOptions(
                unpublishedBytesMax > 0,
                meta.client().writer().token().id(),
                boot,
                unpublishedBytesMax,
                Duration.ofHours(1),
                Duration.ofMillis(300));
        VfsOptions options = VfsOptions.of(place.resolve("work"), closePolicy).withLocal(kept);
        TestClient client = new TestClient(engine, meta, blobs, place, options);
        clients.add(client);
        client.vfs.replay();
        return client;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    /** One more client, whose store takes large objects and never fails. */
    TestClient plainClient() throws IOException {
        String name = "client-" + clients.size();
        BlobStore plain = form.open(FileStore.create(folder.resolve("store")));
        FlakyEngine engine = new FlakyEngine(new MemoryEngine(metadata));
        VolumeFs meta = VolumeFs.mount(engine, MountSpec.of(name).withStore(plain));
        TestClient client = new TestClient(engine, meta, plain, folder.resolve(name), VfsOptions.ClosePolicy.FLUSH);
        clients.add(client);
        return client;
    }

    @Override
    public void close() {
        store.hold(false);
        store.failing(0);
        clients.forEach(TestClient::close);
        store.close();
    }
}

package dev.leat.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A volume that {@code leat format} made in a folder, and a client that fills it without a mount. */
final class TestVolume {
    private final Path folder;

    TestVolume(Path folder) {
        this.folder = folder;
    }

    /** Formats it, without a trash unless {@code options} say otherwise. */
    static TestVolume format(Path folder, String... options) {
        TestVolume volume = new TestVolume(folder);
        List<String> arguments = new ArrayList<>(List.of("format", volume.url(), "--store", volume.storeUrl()));
        arguments.addAll(options.length == 0 ? List.of("--trash-days", "0") : List.of(options));
        CommandLineRun run = CommandLineRun.leat(arguments.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return volume;
    }

    String url() {
        return "sqlite://" + database();
    }

    Path database() {
        return folder.resolve("v.db");
    }

    Path store() {
        return folder.resolve("store");
    }

    String storeUrl() {
        return "file://" + store();
    }

    VolumeRecord record() throws IOException {
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(url()), OpenMode.EXISTING)) {
            return Volumes.load(engine);
        }
    }

    /** Does something as a client of the volume. */
    <T> T as(Work<T> work) throws IOException {
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(url()), OpenMode.EXISTING);
                ObjectStore store = Stores.open(StoreUrl.parse(storeUrl()), StoreOptions.DEFAULT)
                        .store();
                VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("test").withStore(store))) {
            return work.with(fs, store);
        }
    }

    /** What a client does. */
    interface Work<T> {
        T with(VolumeFs fs, ObjectStore store) throws IOException;
    }

    /** Makes a file of {@code size} bytes in one blob. */
    static long file(VolumeFs fs, ObjectStore store, long parent, String name, int size) throws IOException {
        long ino = fs.create(parent, Name.of(name), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) size);
        try (BlobLease lease = fs.newBlob()) {
            store.put(fs.blobKey(lease.id()), ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
            Edit edit = new Edit.Overlay(0, size, lease.id(), 0, size);
            fs.publish(
                    List.of(new Publication(
                            ino, null, List.of(edit), null, List.of(new NewBlob(lease.id(), size)), false)),
                    true);
        }
        return ino;
    }

    /** Files of blobs in the store. */
    long objects() throws IOException {
        VolumeRecord record = record();
        BlobKeys keys = new BlobKeys(record.uuid());
        try (Stream<Path> all = Files.walk(store())) {
            return all.filter(Files::isRegularFile)
                    .filter(path -> keys.parse(store().relativize(path).toString()) != null)
                    .count();
        }
    }

    /** Empties a file in the root, so that its blobs are garbage at once; an unlinked one would stay for two leases. */
    void empty(String name) throws IOException {
        as((fs, _) -> {
            long ino = fs.lookup(MetaFs.ROOT, Name.of(name)).ino();
            return fs.setattr(ino, new SetAttr(null, null, null, 0L, null, null, false), Caller.ROOT);
        });
    }
}

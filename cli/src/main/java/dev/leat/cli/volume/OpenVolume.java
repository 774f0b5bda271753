package dev.leat.cli.volume;

import dev.leat.cli.Version;
import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.ObjectStore;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;

/** A volume's metadata and store, opened by a command that works on it without a mount. */
public final class OpenVolume implements AutoCloseable {
    private final MetaEngine engine;
    private final VolumeRecord record;
    private final OpenStore store;
    private final BlobStore blobs;

    private OpenVolume(MetaEngine engine, VolumeRecord record, OpenStore store, BlobStore blobs) {
        this.engine = engine;
        this.record = record;
        this.store = store;
        this.blobs = blobs;
    }

    /** Opens both; fails with one line for the user. */
    public static OpenVolume open(String source, StoreFlags flags) throws IOException {
        MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING);
        boolean done = false;
        try {
            VolumeRecord record = Volumes.load(engine);
            OpenStore store = Stores.open(
                    StoreUrl.parse(record.storeUrl()), flags.options(record.storeOptions(), false, StoreLimits.NONE));
            try {
                BlobStore blobs = VolumeBlobs.openOrLocked(record, flags.keys(), store.store());
                done = true;
                return new OpenVolume(engine, record, store, blobs);
            } finally {
                if (!done) {
                    store.close();
                }
            }
        } finally {
            if (!done) {
                engine.close();
            }
        }
    }

    /** The metadata. */
    public MetaEngine engine() {
        return engine;
    }

    /** The volume's record as it was found. */
    public VolumeRecord record() {
        return record;
    }

    /** The store. */
    public ObjectStore store() {
        return store.store();
    }

    /** The volume's blobs in it; locked where no key was given. */
    public BlobStore blobs() {
        return blobs;
    }

    /** What the store must say for anything in it to be deleted. */
    public VolumeMarker marker() {
        return new VolumeMarker(record.uuid(), record.incarnation());
    }

    /**
     * Joins the volume as a client of its own.
     *
     * @param command how other clients see it
     */
    public VolumeFs join(String command) throws IOException {
        return VolumeFs.mount(
                engine, MountSpec.of("leat " + command).withStore(blobs()).withVersion(Version.text()));
    }

    @Override
    public void close() {
        store.close();
        engine.close();
    }
}

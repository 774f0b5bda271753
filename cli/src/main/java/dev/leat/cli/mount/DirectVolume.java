package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TierSpec;
import dev.leat.cli.Version;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.BlobStore;
import dev.leat.vfs.Vfs;
import dev.leat.vfs.VfsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A volume opened by this process alone, with everything that a mount has but the kernel's part. */
public final class DirectVolume implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DirectVolume.class);

    /** Enough for whatever is written and read by a benchmark before it is published. */
    private static final String CACHE_SIZE = "1GiB";

    private static final long MEMORY_BYTES = 128L << 20;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final MetaEngine engine;
    private final VolumeFs meta;
    private final Vfs vfs;
    private final String engineName;

    /**
     * Opens a volume.
     *
     * @param source its metadata URL
     * @param store how its store is reached
     * @param scratch a folder for cache and work files
     */
    public DirectVolume(String source, StoreFlags store, Path scratch) throws IOException {
        boolean done = false;
        try {
            engine = keep(MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING));
            engineName = engine.info().name();
            VolumeRecord volume = Volumes.load(engine);
            OpenStore open = keep(Stores.open(
                    StoreUrl.parse(volume.storeUrl()), store.options(volume.storeOptions(), false, StoreLimits.NONE)));
            BlobStore blobs = VolumeBlobs.unlock(volume, store.keys()).open(open.store());
            BufferPool buffers = new BufferPool(MEMORY_BYTES);
            BlobCache cache = keep(BlobCaches.open(
                    volume.uuid().toString(),
                    java.util.List.of(
                            TierSpec.ofCacheDir(scratch.resolve("cache").toString(), CACHE_SIZE)),
                    blobs,
                    buffers));
            MountSpec spec = MountSpec.of("direct")
                    .withStore(blobs)
                    .withVersion(Version.text())
                    .withOnDeath(why -> log.error("the session is dead: {}", why));
            meta = keep(VolumeFs.mount(engine, spec));
            vfs = keep(new Vfs(
                    meta, blobs, cache, buffers, VfsOptions.of(scratch.resolve("work"), VfsOptions.ClosePolicy.FLUSH)));
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    /** Names and attributes. */
    public VolumeFs meta() {
        return meta;
    }

    /** The metadata engine. */
    public MetaEngine engine() {
        return engine;
    }

    /** Open files. */
    public Vfs vfs() {
        return vfs;
    }

    /** Which metadata engine it is. */
    public String engineName() {
        return engineName;
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                // The rest must be closed all the same.
                log.warn("while closing: {}", e.getMessage());
            }
        }
    }
}

package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BufferPool;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.meta.engine.MeteredEngine;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.OpenStore;
import dev.leat.vfs.Vfs;
import dev.leat.worker.client.PeerSource;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a mount is made of, from bottom to top.
 *
 * @param engine the metadata engine
 * @param volume the volume's record
 * @param form how its blobs lie in the store, and its key
 * @param store the object store
 * @param buffers all large buffers
 * @param peers the workers that are asked before the store; null if there are none
 * @param cache the blob cache
 * @param meta the file system in the metadata
 * @param vfs the open files
 * @param work the folder of work files
 */
record MountParts(
        MeteredEngine engine,
        VolumeRecord volume,
        VolumeBlobs form,
        OpenStore store,
        BufferPool buffers,
        @Nullable PeerSource peers,
        BlobCache cache,
        VolumeFs meta,
        Vfs vfs,
        Path work) {}

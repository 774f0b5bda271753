package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.read.Refusals;
import dev.leat.dataset.read.SealedFiles;
import dev.leat.dataset.read.SealedOrigin;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.source.Source;
import java.nio.file.Path;

/**
 * What the mount of a sealed version is made of, from bottom to top.
 *
 * @param registry where the version is kept
 * @param version what is shown
 * @param source where its bytes lie
 * @param buffers all large buffers
 * @param cache the blob cache
 * @param indexFolder where indexes lie
 * @param index its names
 * @param origin the bytes of its files where they lie
 * @param files its files
 * @param refusals files that are not what was sealed
 */
record VersionParts(
        String registry,
        VersionRecord version,
        Source source,
        BufferPool buffers,
        TieredCache cache,
        Path indexFolder,
        TreeIndex index,
        SealedOrigin origin,
        SealedFiles files,
        Refusals refusals) {
    /** The version as it is mounted. */
    String address() {
        return "dataset://" + version.ref();
    }
}

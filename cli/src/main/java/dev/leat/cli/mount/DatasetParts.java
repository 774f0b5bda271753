package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.read.BranchOrigin;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.tree.Tree;
import dev.leat.worker.client.PeerGroup;
import org.jspecify.annotations.Nullable;

/**
 * What the mount of sources is made of, from bottom to top.
 *
 * @param buffers all large buffers
 * @param origin the sources' files as blobs
 * @param peers the workers that are asked before them; null if there are none
 * @param cache the blob cache
 * @param tree the names
 * @param files the open files
 * @param sources the sources
 */
record DatasetParts(
        BufferPool buffers,
        BranchOrigin origin,
        @Nullable PeerGroup peers,
        TieredCache cache,
        Tree tree,
        OpenFiles files,
        SourceTable sources) {}

package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.read.BranchOrigin;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.tree.Tree;

/**
 * What the mount of sources is made of, from bottom to top.
 *
 * @param buffers all large buffers
 * @param origin the sources' files as blobs
 * @param cache the blob cache
 * @param tree the names
 * @param files the open files
 * @param sources the sources
 */
record DatasetParts(
        BufferPool buffers, BranchOrigin origin, TieredCache cache, Tree tree, OpenFiles files, SourceTable sources) {}

package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Freshness;
import dev.leat.dataset.tree.Tree;
import dev.leat.worker.client.PeerSource;
import org.jspecify.annotations.Nullable;

/**
 * What the mount of a source is made of, from bottom to top.
 *
 * @param source where the data lies
 * @param freshness how long its answers are taken for true
 * @param buffers all large buffers
 * @param origin its files as blobs
 * @param peers the workers that are asked before it; null if there are none
 * @param cache the blob cache
 * @param tree its names
 * @param files the open files
 */
record DatasetParts(
        Source source,
        Freshness freshness,
        BufferPool buffers,
        InPlace origin,
        @Nullable PeerSource peers,
        TieredCache cache,
        Tree tree,
        OpenFiles files) {}

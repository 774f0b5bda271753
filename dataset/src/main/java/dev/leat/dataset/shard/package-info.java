/**
 * Shards: many files of a data set in a few large ones, as WebDataset's tar files or TensorFlow's records; packed, indexed and
 * verified. The only package that knows their formats.
 */
@NullMarked
package dev.leat.dataset.shard;

import org.jspecify.annotations.NullMarked;

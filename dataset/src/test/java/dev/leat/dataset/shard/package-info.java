/** Tests of shards. */
@org.jspecify.annotations.NullMarked
package dev.leat.dataset.shard;

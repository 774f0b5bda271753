/**
 * The local cache of one mount: tiers of directories before a store.
 *
 * <p>A read asks the tiers in order ({@link dev.leat.cache.TieredCache}); what none has is fetched once and kept. A tier
 * spreads blobs over its directories; a directory holds segment files, tables in native memory and an index beside the
 * data. Blobs of at least 4 MiB own a sparse file whose bytes are the blob's; smaller ones share groups of 4 MiB.
 *
 * <p><b>Concurrency.</b> A hit takes no lock, allocates nothing and writes to no shared word but counters: it looks the
 * unit up, compares the unit's generation, tests presence bits, copies, and compares the generation again. Changes of
 * ownership are made under one lock per directory, never held during data I/O. Descriptors are closed, and a cache is
 * closed, only after all readers that might use them have left.
 *
 * <p><b>Lending.</b> A whole segment file can be lent to the kernel, which then reads it past the cache ({@link
 * dev.leat.cache.Loan}). It is not evicted as long, and never written over or punched after that, since a program may have it
 * mapped: it is deleted as a whole.
 *
 * <p><b>Order of what reaches the disk.</b> Data and checksums first, then {@code fdatasync}, then the record with the
 * presence bits; a record that gives a unit up is written before its space is used again. So after a kill the index
 * never promises more than the page cache has, and after a power loss whatever it promises is checked at first touch.
 *
 * <p><b>Memory</b> per TiB held: 48 MiB of native memory for units (up to four times that if packs are read so sparsely
 * that blocks hold little), 10 MiB of heap for ghosts and block tables, and 40 to 80 bytes for each blob under 4 MiB.
 */
@NullMarked
package dev.leat.cache;

import org.jspecify.annotations.NullMarked;

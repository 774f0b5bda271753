/**
 * Buckets, and whatever else an object store shows as one, read in place.
 */
@NullMarked
package dev.leat.dataset.bucket;

import org.jspecify.annotations.NullMarked;

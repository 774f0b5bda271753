/** Sealing, comparing and verifying what lies in directories and buckets. */
@NullMarked
package dev.leat.dataset.seal;

import org.jspecify.annotations.NullMarked;

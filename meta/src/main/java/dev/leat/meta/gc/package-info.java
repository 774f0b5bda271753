/** Gives back what nothing refers to: pages of extents, blobs and their objects, uploads left alone. No clock of any host is compared with another's. */
@NullMarked
package dev.leat.meta.gc;

import org.jspecify.annotations.NullMarked;

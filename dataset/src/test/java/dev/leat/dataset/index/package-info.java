/** Indexes of seeded trees. */
@NullMarked
package dev.leat.dataset.index;

import org.jspecify.annotations.NullMarked;

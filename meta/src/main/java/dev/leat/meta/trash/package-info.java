/** What was removed and is kept for a while: where it lies, how it gets back, how it goes for good. */
@NullMarked
package dev.leat.meta.trash;

import org.jspecify.annotations.NullMarked;

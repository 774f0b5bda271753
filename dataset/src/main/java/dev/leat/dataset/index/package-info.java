/** A sealed tree as a local file that is mapped into memory: names and attributes are found in it without objects on the heap. */
@NullMarked
package dev.leat.dataset.index;

import org.jspecify.annotations.NullMarked;

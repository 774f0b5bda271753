/** The contracts of sources and of the tree. */
@NullMarked
package dev.leat.dataset;

import org.jspecify.annotations.NullMarked;

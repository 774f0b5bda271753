/** The tree of a source that is written down in the test. */
@NullMarked
package dev.leat.dataset.tree;

import org.jspecify.annotations.NullMarked;

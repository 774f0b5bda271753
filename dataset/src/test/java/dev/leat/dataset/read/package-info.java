/** What is read of a tree. */
@NullMarked
package dev.leat.dataset.read;

import org.jspecify.annotations.NullMarked;

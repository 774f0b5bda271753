/**
 * The tree that a mount of a source shows: names, numbers and versions, and how long each is taken for true.
 */
@NullMarked
package dev.leat.dataset.tree;

import org.jspecify.annotations.NullMarked;

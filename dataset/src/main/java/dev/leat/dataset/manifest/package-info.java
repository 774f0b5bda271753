/**
 * The manifest of a sealed tree: a sorted stream of its names with what tells one version of each file from another, the
 * digest that is its identity, and the sorting of what a source lists in any order.
 */
@NullMarked
package dev.leat.dataset.manifest;

import org.jspecify.annotations.NullMarked;

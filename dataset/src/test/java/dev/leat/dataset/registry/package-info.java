/** Registries in a directory and in a bucket. */
@NullMarked
package dev.leat.dataset.registry;

import org.jspecify.annotations.NullMarked;

/**
 * Mounted directories, read in place.
 */
@NullMarked
package dev.leat.dataset.file;

import org.jspecify.annotations.NullMarked;

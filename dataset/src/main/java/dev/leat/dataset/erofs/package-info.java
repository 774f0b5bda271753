/**
 * Sealed trees as images of EROFS, the kernel's read-only file system: names and attributes in one file that is written here,
 * bytes in devices beside it.
 */
@NullMarked
package dev.leat.dataset.erofs;

import org.jspecify.annotations.NullMarked;

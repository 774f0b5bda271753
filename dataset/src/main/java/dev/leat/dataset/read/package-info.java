/** Reading files of a source through the cache: blobs in place, open files, and those that the kernel reads by itself. */
@NullMarked
package dev.leat.dataset.read;

import org.jspecify.annotations.NullMarked;

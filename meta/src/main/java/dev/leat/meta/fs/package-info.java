/** The POSIX file system of a volume, written once on the engine contract. {@link dev.leat.meta.fs.MetaFs} is its door. */
@NullMarked
package dev.leat.meta.fs;

import org.jspecify.annotations.NullMarked;

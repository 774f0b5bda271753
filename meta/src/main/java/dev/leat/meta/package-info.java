/** Volumes' metadata: the engine contract, its engines, and the POSIX file system written once on top of it. */
@NullMarked
package dev.leat.meta;

import org.jspecify.annotations.NullMarked;

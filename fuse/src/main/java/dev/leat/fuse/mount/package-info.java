/** Putting a FUSE file system into the tree and taking it out: as root, through fusermount3, or by a given descriptor. */
@NullMarked
package dev.leat.fuse.mount;

import org.jspecify.annotations.NullMarked;

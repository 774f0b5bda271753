/** Checks a volume as a whole: that every name, inode, page, blob and count agrees with the others, and with the objects in the store. */
@NullMarked
package dev.leat.meta.fsck;

import org.jspecify.annotations.NullMarked;

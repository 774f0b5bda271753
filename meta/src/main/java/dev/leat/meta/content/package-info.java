/** What files consist of: extents in immutable blobs, how edits change them, and how they become visible in one commit. */
@NullMarked
package dev.leat.meta.content;

import org.jspecify.annotations.NullMarked;

/** Hearing what other clients of a volume change. */
@NullMarked
package dev.leat.meta.feed;

import org.jspecify.annotations.NullMarked;

/** What a volume stores: its keys, and the values at them in a compact, versioned binary form. */
@NullMarked
package dev.leat.meta.record;

import org.jspecify.annotations.NullMarked;

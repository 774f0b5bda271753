/** What a volume and its directories use, and how much they may. */
@NullMarked
package dev.leat.meta.usage;

import org.jspecify.annotations.NullMarked;

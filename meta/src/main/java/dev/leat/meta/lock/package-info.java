/** Advisory locks that hold on every mount of a volume. */
@NullMarked
package dev.leat.meta.lock;

import org.jspecify.annotations.NullMarked;

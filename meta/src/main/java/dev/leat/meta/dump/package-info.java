/** All metadata of a volume as one portable stream of bytes, from any engine and into any other. */
@NullMarked
package dev.leat.meta.dump;

import org.jspecify.annotations.NullMarked;

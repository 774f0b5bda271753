/** A mount's end: reads blocks from the workers that own them. */
@NullMarked
package dev.leat.worker.client;

import org.jspecify.annotations.NullMarked;

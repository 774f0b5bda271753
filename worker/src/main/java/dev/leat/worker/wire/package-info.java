/** The frames that a worker and its clients exchange, and how they know each other. */
@NullMarked
package dev.leat.worker.wire;

import org.jspecify.annotations.NullMarked;

/** A worker: serves the blocks of its cache to mounts. */
@NullMarked
package dev.leat.worker.server;

import org.jspecify.annotations.NullMarked;

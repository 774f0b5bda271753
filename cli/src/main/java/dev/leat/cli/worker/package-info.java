/** The process of a worker, and the workers that a mount asks. */
@NullMarked
package dev.leat.cli.worker;

import org.jspecify.annotations.NullMarked;

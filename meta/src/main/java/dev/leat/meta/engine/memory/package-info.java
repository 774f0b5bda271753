/** The metadata contract on a map in this process: for tests and as the contract's plainest reading. */
@NullMarked
package dev.leat.meta.engine.memory;

import org.jspecify.annotations.NullMarked;

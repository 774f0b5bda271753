/** Benchmarks of metadata and of stores. */
@NullMarked
package dev.leat.cli.bench;

import org.jspecify.annotations.NullMarked;

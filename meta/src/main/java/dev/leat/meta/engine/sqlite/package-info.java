/** The metadata contract on one SQLite file, for the processes of one host: the embedded default. */
@NullMarked
package dev.leat.meta.engine.sqlite;

import org.jspecify.annotations.NullMarked;

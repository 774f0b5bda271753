/** The metadata contract on PostgreSQL: one function call per commit, one statement per read. */
@NullMarked
package dev.leat.meta.engine.postgres;

import org.jspecify.annotations.NullMarked;

/** Options that mean the same in every command, with their units. */
@NullMarked
package dev.leat.cli.option;

import org.jspecify.annotations.NullMarked;

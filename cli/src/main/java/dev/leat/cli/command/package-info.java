/** One class for each command. */
@NullMarked
package dev.leat.cli.command;

import org.jspecify.annotations.NullMarked;

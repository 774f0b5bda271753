/** The program {@code leat}: its commands and the only place where the modules are put together. */
@NullMarked
package dev.leat.cli;

import org.jspecify.annotations.NullMarked;

/** How a command talks to the daemon of a mount: a Unix socket in its state folder. */
@NullMarked
package dev.leat.cli.control;

import org.jspecify.annotations.NullMarked;

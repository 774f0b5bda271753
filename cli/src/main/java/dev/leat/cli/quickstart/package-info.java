/** The first minute with Leat: a volume, a data set in it, and what reading it costs, cold and warm. */
@NullMarked
package dev.leat.cli.quickstart;

import org.jspecify.annotations.NullMarked;

/** What a mount counts and measures, and the text that monitoring reads. */
@NullMarked
package dev.leat.cli.metrics;

import org.jspecify.annotations.NullMarked;

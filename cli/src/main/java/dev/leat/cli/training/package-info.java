/** What the launcher's first run does in the background, for the JVM to record it in its ahead-of-time cache. */
@NullMarked
package dev.leat.cli.training;

import org.jspecify.annotations.NullMarked;

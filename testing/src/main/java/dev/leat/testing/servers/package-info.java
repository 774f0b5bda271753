/** Real third-party servers that tests start on free ports and stop by their own process handle. */
@NullMarked
package dev.leat.testing.servers;

import org.jspecify.annotations.NullMarked;

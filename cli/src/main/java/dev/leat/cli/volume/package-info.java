/** Making volumes and working on them without a mount. */
@NullMarked
package dev.leat.cli.volume;

import org.jspecify.annotations.NullMarked;

/** What paths that may neither lock nor allocate count with. */
@NullMarked
package dev.leat.sys.meter;

import org.jspecify.annotations.NullMarked;

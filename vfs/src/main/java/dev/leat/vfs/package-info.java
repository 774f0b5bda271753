@NullMarked
package dev.leat.vfs;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.leat.meta.engine;

import org.jspecify.annotations.NullMarked;

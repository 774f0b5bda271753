@NullMarked
package dev.leat.store;

import org.jspecify.annotations.NullMarked;

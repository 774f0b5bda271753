@NullMarked
package dev.leat.dataset.erofs;

import org.jspecify.annotations.NullMarked;

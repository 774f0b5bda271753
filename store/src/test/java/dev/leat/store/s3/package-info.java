@NullMarked
package dev.leat.store.s3;

import org.jspecify.annotations.NullMarked;

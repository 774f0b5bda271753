/** A directory as an object store: {@link dev.leat.store.file.FileStore}. */
@NullMarked
package dev.leat.store.file;

import org.jspecify.annotations.NullMarked;

/** Manifests as streams of bytes. */
@NullMarked
package dev.leat.dataset.manifest;

import org.jspecify.annotations.NullMarked;

/**
 * Sealing a source: listing all of it, reading it where digests are wanted, comparing one sealed tree with another and with what
 * lies there now.
 */
@NullMarked
package dev.leat.dataset.seal;

import org.jspecify.annotations.NullMarked;

/**
 * What a mount did between two moments of its counters: by layer, for people who watch it or ask what its time went to.
 */
@NullMarked
package dev.leat.cli.watch;

import org.jspecify.annotations.NullMarked;

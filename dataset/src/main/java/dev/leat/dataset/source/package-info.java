/**
 * What a data set is read from in place: one interface, and the facts that it gives.
 */
@NullMarked
package dev.leat.dataset.source;

import org.jspecify.annotations.NullMarked;

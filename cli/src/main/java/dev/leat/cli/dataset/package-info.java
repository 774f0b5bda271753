/** The commands about sealed versions of data sets: {@code leat dataset …}. */
@NullMarked
package dev.leat.cli.dataset;

import org.jspecify.annotations.NullMarked;

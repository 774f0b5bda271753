/** Workers and their clients against each other, over sockets. */
@NullMarked
package dev.leat.worker;

import org.jspecify.annotations.NullMarked;

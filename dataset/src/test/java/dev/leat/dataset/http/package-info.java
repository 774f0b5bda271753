/** Index pages, and web servers that misbehave. */
@NullMarked
package dev.leat.dataset.http;

import org.jspecify.annotations.NullMarked;

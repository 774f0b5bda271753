/** The metadata contract on Redis and servers that speak its protocol: one script call per commit, one per read. */
@NullMarked
package dev.leat.meta.engine.redis;

import org.jspecify.annotations.NullMarked;

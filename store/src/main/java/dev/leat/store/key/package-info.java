/** The keys of encrypted volumes: a master key that the user keeps, and the data key that it wraps. */
@org.jspecify.annotations.NullMarked
package dev.leat.store.key;

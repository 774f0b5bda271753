/**
 * Where a volume's blobs lie in its objects: as they are, or in frames that are compressed, sealed, or both. Above it
 * everybody knows only a blob's own bytes and offsets; below it the store knows only objects.
 */
@org.jspecify.annotations.NullMarked
package dev.leat.store.blob;

package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.store.BlobId;
import java.io.IOException;

/**
 * Stores a small blob. Needed when a file whose content lay in its record grows over it, because another client made it so
 * meanwhile or because it is extended by a hole: then the record's bytes become a blob of their own.
 */
@FunctionalInterface
public interface InlineSpill {
    /** Writes the blob's object, whole and durable, before it returns. */
    void store(BlobId blob, Bytes content) throws IOException;
}

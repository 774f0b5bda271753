package dev.leat.dataset.read;

import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.vfs.ReadStreams;
import org.jspecify.annotations.Nullable;

/**
 * An open file: one version, until it is closed.
 *
 * @param node what was opened
 * @param blob its bytes; null if it has none
 * @param streams who reads where
 */
record OpenFile(Node node, @Nullable Blob blob, ReadStreams streams) {
    long sizeBytes() {
        return blob == null ? 0 : blob.sizeBytes();
    }
}

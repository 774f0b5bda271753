package dev.leat.dataset.read;

import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.vfs.ReadStreams;
import org.jspecify.annotations.Nullable;

/** An open file: one version, until it is closed. */
final class OpenFile {
    private final Node node;
    private final @Nullable Blob blob;
    private final ReadStreams streams;

    /** Where it is noted for the next daemon; -1 for nowhere. */
    volatile int row = -1;

    /**
     * Describes one.
     *
     * @param node what was opened
     * @param blob its bytes; null if it has none
     * @param streams who reads where
     */
    OpenFile(Node node, @Nullable Blob blob, ReadStreams streams) {
        this.node = node;
        this.blob = blob;
        this.streams = streams;
    }

    Node node() {
        return node;
    }

    @Nullable
    Blob blob() {
        return blob;
    }

    ReadStreams streams() {
        return streams;
    }
}

package dev.leat.store.blob;

/** The size of parts. */
final class BlobParts {
    /** The largest buffer that a mount has for a part, in bytes. */
    static final int BYTES = 8 << 20;

    private BlobParts() {}
}

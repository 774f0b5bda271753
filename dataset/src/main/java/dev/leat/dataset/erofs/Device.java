package dev.leat.dataset.erofs;

/**
 * A device that bytes of an image's files lie on.
 *
 * @param blocks its length in blocks of 4 KiB
 * @param reference of the only file on it; {@link #SHARED} if many files lie on it
 */
public record Device(long blocks, long reference) {
    /** Stands for the reference of a device whose files {@link Extents} tells. */
    public static final long SHARED = -1;

    /** Whether {@link Extents} tells the files on it. */
    public boolean isShared() {
        return reference == SHARED;
    }

    /** Its length in bytes. */
    public long sizeBytes() {
        return blocks << Layout.BLOCK_SHIFT;
    }
}

package dev.leat.fuse.session;

/**
 * What kernel and daemon agreed on by INIT. Kept by whoever resumes the session in another process.
 *
 * @param minor the lower of both sides' protocol minors
 * @param flags {@link dev.leat.fuse.wire.InitFlags} both sides honour
 * @param maxWriteBytes longest WRITE
 * @param maxPages longest READ, READDIR and WRITE in pages of 4 KiB
 */
public record Negotiated(int minor, long flags, int maxWriteBytes, int maxPages) {
    private static final int PAGE_BYTES = 4096;

    /** Whether a flag of {@link dev.leat.fuse.wire.InitFlags} was agreed on. */
    public boolean has(long flag) {
        return (flags & flag) != 0;
    }

    /** The longest READ in bytes. */
    public int maxReadBytes() {
        return maxPages * PAGE_BYTES;
    }
}

package dev.leat.fuse.wire;

/**
 * The answer to OPEN and OPENDIR.
 *
 * @param fh the handle that later requests name
 * @param flags FOPEN flags of {@link Fuse}
 * @param backingId with FOPEN_PASSTHROUGH the id of the registered backing file, else 0
 */
public record OpenOut(long fh, int flags, int backingId) {
    /** Without passthrough. */
    public OpenOut(long fh, int flags) {
        this(fh, flags, 0);
    }
}

package dev.leat.fuse.wire;

/**
 * The arguments of IOCTL.
 *
 * @param data what the caller passes in
 * @param outSize how many bytes the caller takes back
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record IoctlIn(long fh, int flags, int command, long argument, byte[] data, int outSize) {}

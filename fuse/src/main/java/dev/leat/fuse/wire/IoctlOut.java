package dev.leat.fuse.wire;

/** The answer to IOCTL: what the call returns, and the bytes for the caller's buffer. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record IoctlOut(int result, byte[] data) {}

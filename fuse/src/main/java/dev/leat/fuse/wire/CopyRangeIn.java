package dev.leat.fuse.wire;

/** The arguments of COPY_FILE_RANGE: from the request's node to {@code nodeidOut}. */
public record CopyRangeIn(
        long fhIn, long offsetIn, long nodeidOut, long fhOut, long offsetOut, long length, long flags) {}

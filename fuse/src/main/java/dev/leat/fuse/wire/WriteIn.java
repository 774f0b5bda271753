package dev.leat.fuse.wire;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** The arguments and the data of WRITE, as a view of the request's bytes. */
public final class WriteIn {
    /** Where the data lies in the request. */
    public static final int DATA_OFFSET = Fuse.IN_HEADER_BYTES + 40;

    private MemorySegment message = MemorySegment.NULL;

    /** Lays the view over a request of {@code length} bytes. */
    public WriteIn over(MemorySegment request, int length) {
        if (length < DATA_OFFSET || request.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 16) != length - DATA_OFFSET) {
            throw new MalformedRequestException("WRITE of " + length + " bytes");
        }
        message = request;
        return this;
    }

    /** The handle from OPEN. */
    public long fh() {
        return message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES);
    }

    /** Where to write, in bytes. */
    public long offset() {
        return message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES + 8);
    }

    /** How many bytes there are. */
    public int size() {
        return message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 16);
    }

    /** WRITE flags of {@link Fuse}. */
    public int writeFlags() {
        return message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 20);
    }

    /** The lock owner, when LOCKOWNER is in the flags; else 0. */
    public long lockOwner() {
        return (writeFlags() & Fuse.LOCKOWNER) != 0 ? message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES + 24) : 0;
    }

    /** The flags of the open file. */
    public int flags() {
        return message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 32);
    }

    /** The data; valid until the request's method returns. */
    public MemorySegment data() {
        return message.asSlice(DATA_OFFSET, size());
    }
}

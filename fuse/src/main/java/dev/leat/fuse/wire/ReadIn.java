package dev.leat.fuse.wire;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** The arguments of READ, as a view of the request's bytes that can be laid over the next request. */
public final class ReadIn {
    private static final int BYTES = 40;

    private MemorySegment message = MemorySegment.NULL;

    /** Lays the view over a request of {@code length} bytes. */
    public ReadIn over(MemorySegment request, int length) {
        if (length < Fuse.IN_HEADER_BYTES + BYTES) {
            throw new MalformedRequestException("READ of " + length + " bytes");
        }
        message = request;
        return this;
    }

    /** The handle from OPEN. */
    public long fh() {
        return message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES);
    }

    /** Where to read from, in bytes. */
    public long offset() {
        return message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES + 8);
    }

    /** How many bytes are wanted. */
    public int size() {
        return message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 16);
    }

    /** The lock owner, when LOCKOWNER is in the flags; else 0. */
    public long lockOwner() {
        int readFlags = message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 20);
        return (readFlags & Fuse.LOCKOWNER) != 0 ? message.get(JAVA_LONG, Fuse.IN_HEADER_BYTES + 24) : 0;
    }

    /** The flags of the open file, as given to open(2) and changed by fcntl(2). */
    public int flags() {
        return message.get(JAVA_INT, Fuse.IN_HEADER_BYTES + 32);
    }
}

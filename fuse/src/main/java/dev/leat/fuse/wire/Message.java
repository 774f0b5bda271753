package dev.leat.fuse.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One request in memory: the header, and decoders of what follows it. Decoders copy names and values out, so their
 * results outlive the buffer. Offsets of arguments count from the end of the header.
 */
public final class Message {
    private static final int[] NO_GROUPS = {};

    private MemorySegment bytes = MemorySegment.NULL;
    private int length;

    /** Takes over the request of {@code length} bytes at the start of {@code buffer}, aligned to 8 bytes. */
    public Message over(MemorySegment buffer, int length) {
        if (length < Fuse.IN_HEADER_BYTES || buffer.get(JAVA_INT, 0) != length) {
            throw new MalformedRequestException("request of " + length + " bytes");
        }
        this.bytes = buffer;
        this.length = length;
        return this;
    }

    public MemorySegment bytes() {
        return bytes;
    }

    /** Length of the request in bytes, with header and extensions. */
    public int length() {
        return length;
    }

    public int opcode() {
        return bytes.get(JAVA_INT, 4);
    }

    /** The request's number as the reply must repeat it, with the resend bit. */
    public long unique() {
        return bytes.get(JAVA_LONG, 8);
    }

    public long nodeid() {
        return bytes.get(JAVA_LONG, 16);
    }

    public int uid() {
        return bytes.get(JAVA_INT, 24);
    }

    public int gid() {
        return bytes.get(JAVA_INT, 28);
    }

    public int pid() {
        return bytes.get(JAVA_INT, 32);
    }

    /** An unsigned 32-bit argument. */
    public int intAt(int offset) {
        need(offset + 4);
        return bytes.get(JAVA_INT, Fuse.IN_HEADER_BYTES + offset);
    }

    /** A 64-bit argument. */
    public long longAt(int offset) {
        need(offset + 8);
        return bytes.get(JAVA_LONG, Fuse.IN_HEADER_BYTES + offset);
    }

    /** The zero-terminated name that starts at {@code offset}, without the zero. */
    public byte[] nameAt(int offset) {
        int start = Fuse.IN_HEADER_BYTES + offset;
        for (int end = start; end < length; end++) {
            if (bytes.get(JAVA_BYTE, end) == 0) {
                return bytes.asSlice(start, end - start).toArray(JAVA_BYTE);
            }
        }
        throw new MalformedRequestException(Opcode.name(opcode()) + " with a name without end");
    }

    /** {@code size} bytes from {@code offset}. */
    public byte[] bytesAt(int offset, int size) {
        if (size < 0) {
            throw new MalformedRequestException(Opcode.name(opcode()) + " with a size of " + size);
        }
        need(offset + size);
        return bytes.asSlice((long) Fuse.IN_HEADER_BYTES + offset, size).toArray(JAVA_BYTE);
    }

    /** The groups in the request's extension; empty when there is none. */
    public int[] extensionGroups() {
        int extension = Short.toUnsignedInt(bytes.get(JAVA_SHORT, 36)) * 8;
        int at = length - extension;
        if (at < Fuse.IN_HEADER_BYTES) {
            throw new MalformedRequestException("extensions of " + extension + " bytes");
        }
        while (at + 8 <= length) {
            int size = bytes.get(UNALIGNED_INT, at);
            int type = bytes.get(UNALIGNED_INT, at + 4);
            if (size < 8 || size > length - at) {
                throw new MalformedRequestException("extension of " + size + " bytes");
            }
            if (type == Fuse.EXT_GROUPS) {
                return groups(at, size);
            }
            at += size;
        }
        return NO_GROUPS;
    }

    public SetAttrIn setAttr() {
        need(88);
        return new SetAttrIn(
                intAt(0),
                longAt(8),
                longAt(16),
                longAt(24),
                longAt(32),
                intAt(56),
                longAt(40),
                intAt(60),
                longAt(48),
                intAt(64),
                intAt(68),
                intAt(76),
                intAt(80));
    }

    /** The arguments of CREATE and TMPFILE; the name follows at 16. */
    public CreateIn create() {
        return new CreateIn(intAt(0), intAt(4), intAt(8), intAt(12));
    }

    public ReleaseIn release() {
        return new ReleaseIn(longAt(0), intAt(8), intAt(12), longAt(16));
    }

    public LockIn lock(boolean blocking) {
        LockRange range = new LockRange(longAt(16), longAt(24), intAt(32), intAt(36));
        return new LockIn(longAt(0), longAt(8), range, (intAt(40) & Fuse.LK_FLOCK) != 0, blocking);
    }

    public CopyRangeIn copyRange() {
        return new CopyRangeIn(longAt(0), longAt(8), longAt(16), longAt(24), longAt(32), longAt(40), longAt(48));
    }

    public IoctlIn ioctl() {
        int inSize = intAt(24);
        return new IoctlIn(longAt(0), intAt(8), intAt(12), longAt(16), bytesAt(32, inSize), intAt(28));
    }

    public PollIn poll() {
        return new PollIn(longAt(0), longAt(8), intAt(16), intAt(20));
    }

    public ReadDirIn readDir() {
        return new ReadDirIn(longAt(0), longAt(8), intAt(16), opcode() == Opcode.READDIRPLUS);
    }

    private static final ValueLayout.OfInt UNALIGNED_INT = ValueLayout.JAVA_INT_UNALIGNED;

    private int[] groups(int at, int size) {
        int count = size >= 12 ? bytes.get(UNALIGNED_INT, at + 8) : 0;
        if (count < 0 || count > (size - 12) / 4) {
            throw new MalformedRequestException("extension with " + count + " groups");
        }
        int[] groups = new int[count];
        for (int i = 0; i < count; i++) {
            groups[i] = bytes.get(UNALIGNED_INT, at + 12 + 4L * i);
        }
        return groups;
    }

    private void need(int argumentBytes) {
        if (Fuse.IN_HEADER_BYTES + argumentBytes > length) {
            throw new MalformedRequestException(Opcode.name(opcode()) + " of " + length + " bytes is too short");
        }
    }
}

package dev.leat.fuse.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** Collects directory entries for one READDIR or READDIRPLUS reply, until the size that the kernel asked for is full. */
public final class DirectoryBuffer {
    private static final int NAME_OFFSET = 24;

    private final MemorySegment to;
    private final int capacity;
    private final boolean plus;
    private int used;

    /** A buffer of {@code capacity} bytes at the start of {@code to}, aligned to 8. */
    public DirectoryBuffer(MemorySegment to, int capacity, boolean plus) {
        this.to = to;
        this.capacity = capacity;
        this.plus = plus;
    }

    /** Whether the kernel wants attributes too, so that {@link #add(byte[], long, int, EntryOut)} is the one to call. */
    public boolean plus() {
        return plus;
    }

    /** Bytes filled so far. */
    public int used() {
        return used;
    }

    /**
     * Adds a name without attributes; in a READDIRPLUS reply the kernel asks for them when it needs them.
     *
     * @param nextOffset what the kernel sends as offset to go on after this entry; never 0
     * @param mode the type bits of the mode count
     * @return false when it does not fit; it was not added then
     */
    public boolean add(byte[] name, long ino, long nextOffset, int mode) {
        int entry = plus ? Encode.ENTRY_BYTES : 0;
        if (!fits(entry, name)) {
            return false;
        }
        to.asSlice(used, entry).fill((byte) 0);
        dirent(used + entry, name, ino, nextOffset, mode);
        return true;
    }

    /**
     * Adds a name with attributes. The kernel then holds one more reference to the node, given back by FORGET; for "."
     * and ".." use {@link #add(byte[], long, long, int)}, which holds none.
     *
     * @return false when it does not fit; it was not added then
     */
    public boolean add(byte[] name, long nextOffset, int mode, EntryOut entry) {
        if (!plus || !fits(Encode.ENTRY_BYTES, name)) {
            return false;
        }
        Encode.entry(to, used, entry);
        Attr attr = entry.attr();
        dirent(used + Encode.ENTRY_BYTES, name, attr == null ? entry.nodeid() : attr.ino(), nextOffset, mode);
        return true;
    }

    private boolean fits(int entry, byte[] name) {
        return used + entry + padded(name.length) <= capacity;
    }

    private void dirent(int at, byte[] name, long ino, long nextOffset, int mode) {
        to.set(JAVA_LONG, at, ino);
        to.set(JAVA_LONG, at + 8, nextOffset);
        to.set(JAVA_INT, at + 16, name.length);
        to.set(JAVA_INT, at + 20, (mode & 0170000) >>> 12);
        MemorySegment.copy(name, 0, to, JAVA_BYTE, at + NAME_OFFSET, name.length);
        int end = at + padded(name.length);
        for (int i = at + NAME_OFFSET + name.length; i < end; i++) {
            to.set(JAVA_BYTE, i, (byte) 0);
        }
        used = end;
    }

    private static int padded(int nameLength) {
        return (NAME_OFFSET + nameLength + 7) & ~7;
    }
}

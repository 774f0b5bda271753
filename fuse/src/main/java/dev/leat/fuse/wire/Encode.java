package dev.leat.fuse.wire;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** Writes replies and notifications into memory. Each method returns the offset after what it has written. */
public final class Encode {
    public static final int ATTR_BYTES = 88;
    public static final int ENTRY_BYTES = 128;
    public static final int OPEN_BYTES = 16;

    private static final long NANOS = 1_000_000_000L;

    private Encode() {}

    /** The header of a reply: {@code error} is 0 or a negated error number; for a notification its code. */
    public static int header(MemorySegment to, long at, int length, int error, long unique) {
        to.set(JAVA_INT, at, length);
        to.set(JAVA_INT, at + 4, error);
        to.set(JAVA_LONG, at + 8, unique);
        return (int) at + Fuse.OUT_HEADER_BYTES;
    }

    public static int attr(MemorySegment to, int at, Attr attr) {
        to.set(JAVA_LONG, at, attr.ino());
        to.set(JAVA_LONG, at + 8, attr.size());
        to.set(JAVA_LONG, at + 16, attr.blocks());
        to.set(JAVA_LONG, at + 24, attr.atimeSec());
        to.set(JAVA_LONG, at + 32, attr.mtimeSec());
        to.set(JAVA_LONG, at + 40, attr.ctimeSec());
        to.set(JAVA_INT, at + 48, attr.atimeNsec());
        to.set(JAVA_INT, at + 52, attr.mtimeNsec());
        to.set(JAVA_INT, at + 56, attr.ctimeNsec());
        to.set(JAVA_INT, at + 60, attr.mode());
        to.set(JAVA_INT, at + 64, attr.nlink());
        to.set(JAVA_INT, at + 68, attr.uid());
        to.set(JAVA_INT, at + 72, attr.gid());
        to.set(JAVA_INT, at + 76, attr.rdev());
        to.set(JAVA_INT, at + 80, attr.blockSize());
        to.set(JAVA_INT, at + 84, 0);
        return at + ATTR_BYTES;
    }

    public static int entry(MemorySegment to, int at, EntryOut entry) {
        to.set(JAVA_LONG, at, entry.nodeid());
        to.set(JAVA_LONG, at + 8, entry.generation());
        to.set(JAVA_LONG, at + 16, entry.entryTtlNanos() / NANOS);
        to.set(JAVA_LONG, at + 24, entry.attrTtlNanos() / NANOS);
        to.set(JAVA_INT, at + 32, (int) (entry.entryTtlNanos() % NANOS));
        to.set(JAVA_INT, at + 36, (int) (entry.attrTtlNanos() % NANOS));
        Attr attr = entry.attr();
        if (attr == null) {
            to.asSlice(at + 40, ATTR_BYTES).fill((byte) 0);
            return at + ENTRY_BYTES;
        }
        return attr(to, at + 40, attr);
    }

    public static int attrOut(MemorySegment to, int at, AttrOut out) {
        to.set(JAVA_LONG, at, out.ttlNanos() / NANOS);
        to.set(JAVA_INT, at + 8, (int) (out.ttlNanos() % NANOS));
        to.set(JAVA_INT, at + 12, 0);
        return attr(to, at + 16, out.attr());
    }

    public static int open(MemorySegment to, int at, OpenOut open) {
        to.set(JAVA_LONG, at, open.fh());
        to.set(JAVA_INT, at + 8, open.flags());
        to.set(JAVA_INT, at + 12, open.backingId());
        return at + OPEN_BYTES;
    }

    public static int statfs(MemorySegment to, int at, StatfsOut out) {
        to.set(JAVA_LONG, at, out.blocks());
        to.set(JAVA_LONG, at + 8, out.free());
        to.set(JAVA_LONG, at + 16, out.available());
        to.set(JAVA_LONG, at + 24, out.files());
        to.set(JAVA_LONG, at + 32, out.freeFiles());
        to.set(JAVA_INT, at + 40, out.blockBytes());
        to.set(JAVA_INT, at + 44, out.nameMax());
        to.set(JAVA_INT, at + 48, out.fragmentBytes());
        to.asSlice(at + 52, 28).fill((byte) 0);
        return at + 80;
    }

    public static int lock(MemorySegment to, int at, LockRange lock) {
        to.set(JAVA_LONG, at, lock.start());
        to.set(JAVA_LONG, at + 8, lock.end());
        to.set(JAVA_INT, at + 16, lock.type());
        to.set(JAVA_INT, at + 20, lock.pid());
        return at + 24;
    }

    public static int statx(MemorySegment to, int at, StatxOut out) {
        to.asSlice(at, 288).fill((byte) 0);
        to.set(JAVA_LONG, at, out.ttlNanos() / NANOS);
        to.set(JAVA_INT, at + 8, (int) (out.ttlNanos() % NANOS));
        Attr attr = out.attr();
        int stat = at + 32;
        to.set(JAVA_INT, stat, out.mask());
        to.set(JAVA_INT, stat + 4, attr.blockSize());
        to.set(JAVA_LONG, stat + 8, out.attributes());
        to.set(JAVA_INT, stat + 16, attr.nlink());
        to.set(JAVA_INT, stat + 20, attr.uid());
        to.set(JAVA_INT, stat + 24, attr.gid());
        to.set(JAVA_SHORT, stat + 28, (short) attr.mode());
        to.set(JAVA_LONG, stat + 32, attr.ino());
        to.set(JAVA_LONG, stat + 40, attr.size());
        to.set(JAVA_LONG, stat + 48, attr.blocks());
        to.set(JAVA_LONG, stat + 56, out.attributesMask());
        time(to, stat + 64, attr.atimeSec(), attr.atimeNsec());
        time(to, stat + 80, out.btimeSec(), out.btimeNsec());
        time(to, stat + 96, attr.ctimeSec(), attr.ctimeNsec());
        time(to, stat + 112, attr.mtimeSec(), attr.mtimeNsec());
        to.set(JAVA_INT, stat + 128, (attr.rdev() >>> 8) & 0xfff);
        to.set(JAVA_INT, stat + 132, (attr.rdev() & 0xff) | ((attr.rdev() >>> 12) & 0xfff00));
        return at + 288;
    }

    private static void time(MemorySegment to, int at, long seconds, int nanos) {
        to.set(JAVA_LONG, at, seconds);
        to.set(JAVA_INT, at + 8, nanos);
    }
}

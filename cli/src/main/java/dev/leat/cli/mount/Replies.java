package dev.leat.cli.mount;

import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.Time;

/** Turns the file system's answers into the kernel's. */
final class Replies {
    /** Preferred size of I/O shown by {@code stat}, in bytes: the largest request. */
    private static final int BLOCK_BYTES = 1 << 20;

    private static final int SECTOR_BYTES = 512;

    private Replies() {}

    static Attr attr(dev.leat.meta.fs.Attr attr) {
        Time atime = attr.atime();
        Time mtime = attr.mtime();
        Time ctime = attr.ctime();
        return new Attr(
                attr.ino(),
                attr.sizeBytes(),
                (attr.allocatedBytes() + SECTOR_BYTES - 1) / SECTOR_BYTES,
                atime.seconds(),
                atime.nanos(),
                mtime.seconds(),
                mtime.nanos(),
                ctime.seconds(),
                ctime.nanos(),
                attr.type().modeBits() | attr.mode(),
                attr.nlink(),
                attr.uid(),
                attr.gid(),
                attr.rdev(),
                BLOCK_BYTES);
    }

    static AttrOut attrOut(dev.leat.meta.fs.Attr attr, long ttlNanos) {
        return new AttrOut(attr(attr), ttlNanos);
    }

    static EntryOut entry(Entry entry, long ttlNanos) {
        return entry(entry.ino(), entry.attr(), ttlNanos);
    }

    /** An entry whose number towards the kernel is {@code node}. */
    static EntryOut entry(long node, dev.leat.meta.fs.Attr attr, long ttlNanos) {
        return new EntryOut(node, 0, ttlNanos, ttlNanos, attr(attr));
    }
}

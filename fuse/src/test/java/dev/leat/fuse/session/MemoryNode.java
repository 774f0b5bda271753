package dev.leat.fuse.session;

import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.EntryOut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A file, directory, link or device of {@link MemoryFs}. Guarded by the file system's lock. */
final class MemoryNode {
    static final long HOUR = 3_600_000_000_000L;

    final long ino;
    final Map<String, byte[]> xattrs = new LinkedHashMap<>();
    final TreeMap<String, MemoryNode> children = new TreeMap<>();
    final List<Held> locks = new ArrayList<>();
    MemoryNode parent = this;
    byte[] data = {};
    int size;
    int mode;
    int nlink;
    int uid;
    int gid;
    int rdev;
    long mtimeSec = 1_000_000_000L;
    int mtimeNsec;
    long atimeSec = 1_000_000_000L;

    /** A lock somebody holds. */
    record Held(long owner, long start, long end, boolean exclusive, boolean flock, int pid) {}

    MemoryNode(long ino, int mode, int uid, int gid) {
        this.ino = ino;
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
        this.nlink = directory() ? 2 : 1;
    }

    boolean directory() {
        return (mode & 0170000) == 0040000;
    }

    void resize(int bytes) {
        if (bytes > data.length) {
            data = Arrays.copyOf(data, Math.max(bytes, data.length * 2));
        }
        if (bytes < size) {
            Arrays.fill(data, bytes, size, (byte) 0);
        }
        size = bytes;
    }

    Attr attr() {
        long bytes = directory() ? 4096 : size;
        return new Attr(
                ino,
                bytes,
                (bytes + 511) / 512,
                atimeSec,
                0,
                mtimeSec,
                mtimeNsec,
                mtimeSec,
                mtimeNsec,
                mode,
                nlink,
                uid,
                gid,
                rdev,
                4096);
    }

    EntryOut entry() {
        return new EntryOut(ino, 1, HOUR, HOUR, attr());
    }
}

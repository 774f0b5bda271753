package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Time;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every inode has, directory or not.
 *
 * @param mode permission bits with setuid, setgid and sticky (07777)
 * @param uid owner
 * @param gid group
 * @param atime last access
 * @param mtime last change of content
 * @param ctime last change of anything
 * @param acl the access ACL in the kernel's xattr form when it says more than the mode, else null
 * @param xattrs the small extended attributes
 * @param largeXattrs names of those that lie at {@link Keys#xattr}, in order
 */
public record Attributes(
        int mode,
        int uid,
        int gid,
        Time atime,
        Time mtime,
        Time ctime,
        @Nullable Bytes acl,
        SortedMap<Bytes, Bytes> xattrs,
        List<Bytes> largeXattrs) {
    private static final SortedMap<Bytes, Bytes> NO_XATTRS = Collections.emptySortedMap();

    /** Those of a new inode. */
    public static Attributes of(int mode, int uid, int gid, Time now) {
        return new Attributes(mode, uid, gid, now, now, now, null, NO_XATTRS, List.of());
    }

    /** With another mode. */
    public Attributes withMode(int newMode) {
        return new Attributes(newMode, uid, gid, atime, mtime, ctime, acl, xattrs, largeXattrs);
    }

    /** With another owner and group. */
    public Attributes withOwner(int newUid, int newGid) {
        return new Attributes(mode, newUid, newGid, atime, mtime, ctime, acl, xattrs, largeXattrs);
    }

    /** With other times. */
    public Attributes withTimes(Time newAtime, Time newMtime, Time newCtime) {
        return new Attributes(mode, uid, gid, newAtime, newMtime, newCtime, acl, xattrs, largeXattrs);
    }

    /** With another change time. */
    public Attributes withCtime(Time newCtime) {
        return withTimes(atime, mtime, newCtime);
    }

    /** With another access ACL, or none. */
    public Attributes withAcl(@Nullable Bytes newAcl) {
        return new Attributes(mode, uid, gid, atime, mtime, ctime, newAcl, xattrs, largeXattrs);
    }

    /** With other extended attributes. */
    public Attributes withXattrs(SortedMap<Bytes, Bytes> small, List<Bytes> large) {
        return new Attributes(mode, uid, gid, atime, mtime, ctime, acl, small, large);
    }

    void write(RecordWriter out) {
        out.number(mode).u32(uid).u32(gid).time(ctime);
        // Most times are equal: one bit instead of nine bytes.
        boolean sameM = mtime.equals(ctime);
        boolean sameA = atime.equals(ctime);
        out.u8((sameM ? 1 : 0) | (sameA ? 2 : 0));
        if (!sameM) {
            out.time(mtime);
        }
        if (!sameA) {
            out.time(atime);
        }
        out.optional(acl).number(xattrs.size());
        xattrs.forEach((name, value) -> out.bytes(name).bytes(value));
        out.number(largeXattrs.size());
        largeXattrs.forEach(out::bytes);
    }

    static Attributes read(RecordReader in) {
        int mode = (int) in.number();
        int uid = in.u32();
        int gid = in.u32();
        Time ctime = in.time();
        int same = in.u8();
        Time mtime = (same & 1) != 0 ? ctime : in.time();
        Time atime = (same & 2) != 0 ? ctime : in.time();
        Bytes acl = in.optional();
        int count = in.count();
        SortedMap<Bytes, Bytes> xattrs = count == 0 ? NO_XATTRS : new TreeMap<>();
        for (int i = 0; i < count; i++) {
            xattrs.put(in.bytes(), in.bytes());
        }
        int large = in.count();
        List<Bytes> names = new ArrayList<>(large);
        for (int i = 0; i < large; i++) {
            names.add(in.bytes());
        }
        return new Attributes(mode, uid, gid, atime, mtime, ctime, acl, xattrs, List.copyOf(names));
    }
}

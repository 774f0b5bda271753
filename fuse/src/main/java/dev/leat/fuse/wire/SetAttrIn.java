package dev.leat.fuse.wire;

/** The arguments of SETATTR; a field counts only when its FATTR bit of {@link Fuse} is in {@code valid}. */
public record SetAttrIn(
        int valid,
        long fh,
        long size,
        long lockOwner,
        long atimeSec,
        int atimeNsec,
        long mtimeSec,
        int mtimeNsec,
        long ctimeSec,
        int ctimeNsec,
        int mode,
        int uid,
        int gid) {
    /** Whether the field of this FATTR bit is to be set. */
    public boolean has(int bit) {
        return (valid & bit) != 0;
    }
}

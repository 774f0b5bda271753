package dev.leat.meta.fs;

/**
 * What {@code stat} shows.
 *
 * @param ino inode number, 63 bits, never reused
 * @param type what it is
 * @param mode permission bits with setuid, setgid and sticky (07777)
 * @param nlink number of names; a directory's is 2 + its subdirectories
 * @param uid owner
 * @param gid group
 * @param rdev device number of a device file, as the kernel encodes it
 * @param sizeBytes length
 * @param allocatedBytes bytes that are not holes
 * @param atime last access
 * @param mtime last change of content
 * @param ctime last change of anything
 */
public record Attr(
        long ino,
        FileType type,
        int mode,
        int nlink,
        int uid,
        int gid,
        int rdev,
        long sizeBytes,
        long allocatedBytes,
        Time atime,
        Time mtime,
        Time ctime) {
    /** The same of another inode number. */
    Attr withIno(long newIno) {
        return new Attr(newIno, type, mode, nlink, uid, gid, rdev, sizeBytes, allocatedBytes, atime, mtime, ctime);
    }
}

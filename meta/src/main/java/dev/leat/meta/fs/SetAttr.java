package dev.leat.meta.fs;

import org.jspecify.annotations.Nullable;

/**
 * Attributes to change; null leaves one as it is. The change time becomes the present.
 *
 * @param mode permission bits (07777)
 * @param uid owner
 * @param gid group
 * @param sizeBytes new length: cut off or grown by a hole
 * @param atime access time
 * @param mtime modification time
 * @param killPrivileges whether setuid and (where group-executable) setgid are to be cleared, as a write by an ordinary
 *     user does
 */
public record SetAttr(
        @Nullable Integer mode,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Long sizeBytes,
        @Nullable Time atime,
        @Nullable Time mtime,
        boolean killPrivileges) {
    /** Only a new length. */
    public static SetAttr size(long sizeBytes) {
        return new SetAttr(null, null, null, sizeBytes, null, null, false);
    }
}

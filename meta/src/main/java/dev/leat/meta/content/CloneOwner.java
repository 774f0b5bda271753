package dev.leat.meta.content;

import dev.leat.meta.record.Attributes;

/**
 * Whose a copy is that does not keep the owners and modes of its originals: as if that user had copied them one by one. Times and extended attributes are
 * kept, access ACLs are not.
 *
 * @param uid owner of all inodes
 * @param gid group of all inodes
 * @param umask permission bits that none of them gets
 */
public record CloneOwner(int uid, int gid, int umask) {
    private static final int PERMISSIONS = 0777;

    Attributes of(Attributes original) {
        return original.withOwner(uid, gid)
                .withMode(original.mode() & PERMISSIONS & ~umask)
                .withAcl(null);
    }
}

package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * An inode to make.
 *
 * @param type any but DIRECTORY goes by {@code mknod}, {@code symlink} or {@code create}
 * @param mode permission bits (07777), before the umask
 * @param umask the caller's; ignored where the parent has a default ACL
 * @param rdev device number of a device file, else 0
 * @param target a symbolic link's target of 1 to 4,095 bytes, else null
 */
public record NewNode(
        FileType type,
        int mode,
        int umask,
        int rdev,
        @Nullable Bytes target) {
    /** A regular file. */
    public static NewNode file(int mode, int umask) {
        return new NewNode(FileType.FILE, mode, umask, 0, null);
    }

    /** A directory. */
    public static NewNode directory(int mode, int umask) {
        return new NewNode(FileType.DIRECTORY, mode, umask, 0, null);
    }

    /** A symbolic link. */
    public static NewNode symlink(Bytes target) {
        return new NewNode(FileType.SYMLINK, 0777, 0, 0, target);
    }
}

package dev.leat.meta.trash;

import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Time;

/**
 * Something in the trash.
 *
 * @param bucket the bucket that it is in
 * @param entry its name there
 * @param ino its inode
 * @param type what it is
 * @param sizeBytes length of a file
 * @param removedAt when it was removed
 * @param parent the directory that it was removed from, 0 if its entry does not tell
 * @param name its name there
 */
public record TrashItem(
        TrashBucket bucket,
        Name entry,
        long ino,
        FileType type,
        long sizeBytes,
        Time removedAt,
        long parent,
        Name name) {
    /** Whether it is a directory, which is empty then. */
    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }
}

package dev.leat.meta.trash;

import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What work in the trash needs of the file system. */
public interface TrashDoor {
    /** Part of a directory with attributes, in name order, after a name. */
    List<DirEntry> list(long directory, @Nullable Name after, int limit) throws FsException;

    /** Removes files in one commit; those that are gone are left out. Returns how many were removed. */
    int removeFiles(long bucket, List<Name> names) throws FsException;

    /** Removes an empty directory from a bucket. */
    void removeDirectory(long bucket, Name name) throws FsException;

    /** Gives something in a bucket a name outside; EEXIST if that is taken. */
    void putBack(long bucket, Name name, long parent, Name newName) throws FsException;
}

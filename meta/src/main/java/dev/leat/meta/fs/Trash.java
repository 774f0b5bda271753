package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.session.Transaction;

/** Keeps what was removed for a while. */
public interface Trash {
    /** Keeps nothing. */
    Trash NONE = (tx, ino, file, parent, name) -> false;

    /**
     * Takes an inode whose last name is being removed, by adding another name for it to the commit that removes that one.
     *
     * @param file its record; embedded at {@code parent}/{@code name} if its {@code nlink} is 1 and it never had several names
     * @return false if it is not to be kept: then it becomes an orphan
     */
    boolean keep(Transaction tx, long ino, FileRecord file, long parent, Name name) throws FsException, MetaException;
}

package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.session.Transaction;

/** Keeps what was removed for a while. */
public interface Trash {
    /** Keeps nothing. */
    Trash NONE = new Trash() {
        @Override
        public int days() {
            return 0;
        }

        @Override
        public boolean keep(Transaction tx, EntryRecord entry, FileRecord file, long parent, Name name, Time now) {
            return false;
        }

        @Override
        public boolean keepDirectory(Transaction tx, long ino, DirRecord record, long parent, Name name, Time now) {
            return false;
        }
    };

    /** For how many days; 0 for not at all. */
    int days() throws FsException;

    /**
     * Takes an inode whose last name is being removed, by adding another name for it to the commit that removes that one.
     *
     * @param entry its last name, at {@code parent} and {@code name}
     * @param file its record
     * @return false if it is not to be kept: then it becomes an orphan
     */
    boolean keep(Transaction tx, EntryRecord entry, FileRecord file, long parent, Name name, Time now)
            throws FsException, MetaException;

    /**
     * Takes an empty directory likewise. The commit checks already that nobody changed it and that it is empty.
     *
     * @return false if it is not to be kept: then it is deleted
     */
    boolean keepDirectory(Transaction tx, long ino, DirRecord record, long parent, Name name, Time now)
            throws FsException, MetaException;
}

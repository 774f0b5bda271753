package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;

/** An inode that was found, and where its record is. */
public sealed interface Node {
    /** Its number. */
    long ino();

    /** Where its record is. */
    Key key();

    /** The commit that wrote the record last. */
    Stamp stamp();

    /** What every inode has. */
    Attributes attributes();

    /** Puts the record with other attributes in place of this one, unless it changed meanwhile. */
    void put(Transaction tx, Attributes changed) throws FsException;

    /** A directory. */
    record Dir(long ino, DirRecord record, Stamp stamp) implements Node {
        @Override
        public Key key() {
            return Keys.dir(ino);
        }

        @Override
        public Attributes attributes() {
            return record.attributes();
        }

        @Override
        public void put(Transaction tx, Attributes changed) throws FsException {
            put(tx, record.with(changed));
        }

        /** ENOENT for a removed directory, that is kept in the trash: nothing can be made in it. */
        public void requireNamed() throws FsException {
            if (record.inTrash()) {
                throw new FsException(Errno.ENOENT);
            }
        }

        /** Puts another record in place of this one. */
        public void put(Transaction tx, DirRecord changed) throws FsException {
            tx.unchanged(key());
            tx.put(key(), changed.encode());
        }
    }

    /**
     * Anything else.
     *
     * @param key the entry of its only name, or the inode's own key
     * @param embedded which of both
     */
    record File(long ino, Key key, boolean embedded, FileRecord record, Stamp stamp) implements Node {
        @Override
        public Attributes attributes() {
            return record.attributes();
        }

        @Override
        public void put(Transaction tx, Attributes changed) throws FsException {
            put(tx, record.with(changed));
        }

        /** Puts another record in place of this one. */
        public void put(Transaction tx, FileRecord changed) throws FsException {
            tx.unchanged(key);
            tx.put(
                    key,
                    embedded ? new EntryRecord.Embedded(ino, changed).encode() : new InodeRef.Full(changed).encode());
        }
    }
}

package dev.leat.meta.content;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Node;
import dev.leat.meta.session.Transaction;

/** Counts bytes that files gain and lose towards quotas, in the commit that changes them. */
public interface Charges {
    /** Counts nothing. */
    Charges NONE = new Charges() {
        @Override
        public long quotaRoot(Transaction tx, Node.File file) {
            return 0;
        }

        @Override
        public void charge(Transaction tx, long quotaRoot, long bytes) {
            // Nothing is counted.
        }
    };

    /** The quota that a file counts towards. */
    long quotaRoot(Transaction tx, Node.File file) throws FsException, MetaException;

    /**
     * Counts a change.
     *
     * @throws FsException EDQUOT or ENOSPC when it is more than is allowed
     */
    void charge(Transaction tx, long quotaRoot, long bytes) throws FsException, MetaException;
}

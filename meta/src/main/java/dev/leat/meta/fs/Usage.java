package dev.leat.meta.fs;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.session.Transaction;

/** Counts what is used, and keeps it within quotas. */
public interface Usage {
    /** Counts nothing, so that nothing is ever too much. */
    Usage UNLIMITED = new Usage() {
        private static final long PIB = 1L << 50;
        private static final long MANY = 1L << 40;

        @Override
        public void charge(Transaction tx, long quotaRoot, long bytes, long inodes) {
            // Nothing is counted.
        }

        @Override
        public void move(Transaction tx, long from, long to, long bytes, long inodes) {
            // Nothing is counted.
        }

        @Override
        public FsStat statfs(long quotaRoot) {
            return new FsStat(PIB, PIB, MANY, MANY);
        }
    };

    /**
     * Counts a change, as part of the commit that makes it.
     *
     * @param quotaRoot the nearest directory with a quota, 0 for the volume only
     * @param bytes more (or less) that is allocated
     * @param inodes more (or less) of them
     * @throws FsException EDQUOT or ENOSPC when it is more than is allowed
     */
    void charge(Transaction tx, long quotaRoot, long bytes, long inodes) throws FsException, MetaException;

    /**
     * Counts what moves from one quota to another, as part of the commit that moves it; for the volume nothing changes.
     *
     * @param from the nearest directory with a quota where it was, 0 for none
     * @param to the one where it will be, 0 for none
     * @throws FsException EDQUOT when it is more than is allowed there
     */
    void move(Transaction tx, long from, long to, long bytes, long inodes) throws FsException, MetaException;

    /** Room and inodes, of the volume or a quota. */
    FsStat statfs(long quotaRoot) throws FsException;
}

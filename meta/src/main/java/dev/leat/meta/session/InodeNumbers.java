package dev.leat.meta.session;

import dev.leat.meta.fs.FsException;

/**
 * Inode numbers of a session: its number (32 bits), then a count (31 bits). When the count is used up, another number is claimed.
 */
final class InodeNumbers {
    private static final int COUNT_BITS = 31;

    private final Claim claim;
    private int number;
    private long count;

    InodeNumbers(int number, Claim claim) {
        this.number = number;
        this.claim = claim;
    }

    synchronized long next() throws FsException {
        if (count == 1L << COUNT_BITS) {
            number = claim.number();
            count = 0;
        }
        return (Integer.toUnsignedLong(number) << COUNT_BITS) | count++;
    }

    /** Claims a fresh number. */
    interface Claim {
        int number() throws FsException;
    }
}

package dev.leat.meta.session;

import dev.leat.meta.fs.FsException;

/**
 * Inode numbers of a session: its number (32 bits), then a count (31 bits). The first number's counts are divided among the processes that have
 * the session one after the other. When a process has used up its own, it claims another number, for itself alone.
 */
final class InodeNumbers {
    private static final int COUNT_BITS = 31;

    /** 16 million for each of 128 processes. */
    private static final int GENERATION_BITS = 24;

    private final Claim claim;
    private int number;
    private long count;
    private long end;

    InodeNumbers(SessionToken token, Claim claim) {
        this.number = token.number();
        this.count = (long) token.generation() << GENERATION_BITS;
        this.end = count + (1L << GENERATION_BITS);
        this.claim = claim;
    }

    /** The session number in an inode's number, as unsigned 32 bits. */
    static int numberIn(long ino) {
        return (int) (ino >>> COUNT_BITS);
    }

    synchronized long next() throws FsException {
        if (count == end) {
            number = claim.number();
            count = 0;
            end = 1L << COUNT_BITS;
        }
        return (Integer.toUnsignedLong(number) << COUNT_BITS) | count++;
    }

    /** Claims a fresh number. */
    interface Claim {
        int number() throws FsException;
    }
}

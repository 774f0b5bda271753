package dev.leat.store;

/**
 * How an object that grows while it is uploaded is cut into parts. The length is not known at the start, a store takes only
 * so many parts (10,000 at S3), and a part is one buffer of whoever sends it: so parts double after every thousand, up to
 * the largest buffer. What does not fit into all parts of one object goes to another.
 *
 * @param firstBytes size of the first parts, in bytes
 * @param growEvery number of parts after which the size doubles
 * @param maxBytes size at which parts stop growing, in bytes
 * @param partsMax most parts
 */
public record PartPlan(int firstBytes, int growEvery, int maxBytes, int partsMax) {
    private static final int MIB = 1 << 20;

    /** First part where the store and the buffers allow it: large enough that its round trip does not count. */
    private static final int FIRST_BYTES = 8 * MIB;

    private static final int GROW_EVERY = 1_000;

    /** Checks the values. */
    public PartPlan {
        if (firstBytes < 1 || maxBytes < firstBytes || growEvery < 1 || partsMax < 1) {
            throw new IllegalArgumentException("no plan of parts: first " + firstBytes + " bytes, most " + maxBytes
                    + " bytes, growing every " + growEvery + ", " + partsMax + " parts");
        }
    }

    /** The plan for a store and a sender with buffers for the usual first part: all parts are of one size. */
    public static PartPlan of(StoreCapabilities store) {
        return of(store, Math.max(FIRST_BYTES, store.partMinBytes()));
    }

    /**
     * The plan for a store.
     *
     * @param bufferMaxBytes largest part that the sender has a buffer for
     * @throws IllegalArgumentException if the store takes only larger parts
     */
    public static PartPlan of(StoreCapabilities store, int bufferMaxBytes) {
        if (store.partMinBytes() > bufferMaxBytes) {
            throw new IllegalArgumentException("the store takes no parts below " + store.partMinBytes()
                    + " bytes, and buffers have " + bufferMaxBytes);
        }
        int max = (int) Math.min(bufferMaxBytes, store.partMaxBytes());
        int first = Math.min(max, Math.max(FIRST_BYTES, store.partMinBytes()));
        return new PartPlan(first, GROW_EVERY, max, store.partsMax());
    }

    /**
     * Size of a part, in bytes; the last one of an object may be shorter.
     *
     * @param number 1 to {@link #partsMax}
     */
    public int sizeBytes(int number) {
        return stepBytes((checked(number) - 1) / growEvery);
    }

    /**
     * Where a part begins, in bytes from the object's start.
     *
     * @param number 1 to {@link #partsMax}
     */
    public long offset(int number) {
        int before = checked(number) - 1;
        int steps = before / growEvery;
        long offset = 0;
        for (int step = 0; step < steps; step++) {
            offset += (long) growEvery * stepBytes(step);
        }
        return offset + (long) (before % growEvery) * stepBytes(steps);
    }

    /**
     * The part that a byte belongs to.
     *
     * @param offset in bytes from the object's start, below {@link #objectMaxBytes}
     */
    public int partOf(long offset) {
        if (offset < 0 || offset >= objectMaxBytes()) {
            throw new IllegalArgumentException(
                    "byte " + offset + " lies in no part: " + partsMax + " parts hold " + objectMaxBytes() + " bytes");
        }
        long begin = 0;
        for (int step = 0; ; step++) {
            long stepTotal = (long) growEvery * stepBytes(step);
            if (offset < begin + stepTotal) {
                return (int) (step * (long) growEvery + (offset - begin) / stepBytes(step)) + 1;
            }
            begin += stepTotal;
        }
    }

    /** Most bytes that all parts hold together. */
    public long objectMaxBytes() {
        return offset(partsMax) + sizeBytes(partsMax);
    }

    private int stepBytes(int step) {
        int doublings = Math.min(step, Integer.SIZE - 1);
        return (int) Math.min(maxBytes, (long) firstBytes << doublings);
    }

    private int checked(int number) {
        if (number < 1 || number > partsMax) {
            throw new IllegalArgumentException("part " + number + " is not in 1 to " + partsMax);
        }
        return number;
    }
}

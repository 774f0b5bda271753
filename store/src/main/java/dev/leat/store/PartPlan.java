package dev.leat.store;

/**
 * How an object that grows while it is uploaded is cut into parts. The length is not known at the start, and a store
 * takes only so many parts (10,000 at S3): so parts double after every thousand. With 8 MiB first and 2,047 MiB at most,
 * because a part is one buffer and a buffer has less than 2 GiB, 10,000 parts hold 5.8 TiB, more than the 5 TiB that
 * an S3 object may have; and the first 7.8 GiB go in parts of 8 MiB.
 *
 * @param firstBytes size of the first parts, in bytes
 * @param growEvery number of parts after which the size doubles
 * @param maxBytes size at which parts stop growing, in bytes
 * @param partsMax most parts
 */
public record PartPlan(int firstBytes, int growEvery, int maxBytes, int partsMax) {
    private static final int MIB = 1 << 20;

    /** The plan for S3. */
    public static final PartPlan S3 = new PartPlan(8 * MIB, 1_000, 2_047 * MIB, 10_000);

    /** Checks the values. */
    public PartPlan {
        if (firstBytes < 1 || maxBytes < firstBytes || growEvery < 1 || partsMax < 1) {
            throw new IllegalArgumentException("no plan of parts: first " + firstBytes + " bytes, most " + maxBytes
                    + " bytes, growing every " + growEvery + ", " + partsMax + " parts");
        }
    }

    /** The plan for a store: {@link #S3}'s shape within the store's limits. */
    public static PartPlan of(StoreCapabilities store) {
        int max = (int) Math.min(S3.maxBytes, store.partMaxBytes());
        int first = Math.min(max, Math.max(S3.firstBytes, store.partMinBytes()));
        return new PartPlan(first, S3.growEvery, max, store.partsMax());
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

package dev.leat.meta.engine;

import java.nio.ByteBuffer;

/**
 * Numbers that many commits change without reading them: sums and maxima.
 *
 * <p>As bytes: count of sums (u8), count of maxima (u8), then each as a big-endian i64, sums first. Cells of other lengths
 * merge as if the shorter one were filled up with zeros.
 *
 * @param sums numbers that are added up
 * @param maxima numbers of which the greatest is kept; never negative
 */
@SuppressWarnings("ArrayRecordComponent") // A view of a value; compared by nobody.
public record Cell(long[] sums, long[] maxima) {

    /** The cell in a value. */
    public static Cell decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long[] sums = new long[in.get() & 0xff];
        long[] maxima = new long[in.get() & 0xff];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = in.getLong();
        }
        for (int i = 0; i < maxima.length; i++) {
            maxima[i] = in.getLong();
        }
        return new Cell(sums, maxima);
    }

    /** This cell as a value. */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(2 + 8 * (sums.length + maxima.length));
        out.put((byte) sums.length).put((byte) maxima.length);
        for (long sum : sums) {
            out.putLong(sum);
        }
        for (long maximum : maxima) {
            out.putLong(maximum);
        }
        return out.array();
    }

    /** This cell after {@code delta} was merged into it. */
    public Cell merge(Cell delta) {
        long[] newSums = java.util.Arrays.copyOf(sums, Math.max(sums.length, delta.sums.length));
        long[] newMaxima = java.util.Arrays.copyOf(maxima, Math.max(maxima.length, delta.maxima.length));
        for (int i = 0; i < delta.sums.length; i++) {
            newSums[i] += delta.sums[i];
        }
        for (int i = 0; i < delta.maxima.length; i++) {
            newMaxima[i] = Math.max(newMaxima[i], delta.maxima[i]);
        }
        return new Cell(newSums, newMaxima);
    }
}

package dev.leat.store.blob;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where the frames of a compressed blob lie in its object: one number for each, of its offset, its length and its
 * packing. In the object it follows the frames, in slices that are frames themselves, of 8,192 numbers each but the last:
 * so its length follows from the blob's.
 */
final class FrameList {
    /** Frames that one slice lists: 512 MiB of the blob. */
    static final int SLICE_FRAMES = Frame.BYTES / Long.BYTES;

    private static final int LENGTH_BITS = 17;
    private static final int PACKING_BITS = 3;

    private long[] entries = new long[128];

    /** The number that says where a frame is. */
    static long entry(long offset, int length, int packing) {
        return (offset << (LENGTH_BITS + PACKING_BITS)) | ((long) length << PACKING_BITS) | packing;
    }

    static long offset(long entry) {
        return entry >>> (LENGTH_BITS + PACKING_BITS);
    }

    static int length(long entry) {
        return (int) (entry >>> PACKING_BITS) & ((1 << LENGTH_BITS) - 1);
    }

    static int packing(long entry) {
        return (int) entry & ((1 << PACKING_BITS) - 1);
    }

    /** How many slices list the frames of a blob. */
    static int slices(long blobBytes) {
        return Math.toIntExact((Frame.count(blobBytes) + SLICE_FRAMES - 1) / SLICE_FRAMES);
    }

    /** How many frames a slice lists. */
    static int framesIn(long blobBytes, int slice) {
        return (int) Math.min(SLICE_FRAMES, Frame.count(blobBytes) - (long) slice * SLICE_FRAMES);
    }

    /** Bytes of the object from the beginning of a slice to the object's end. */
    static long tailBytes(long blobBytes, int slice, int overheadBytes) {
        long frames = Frame.count(blobBytes) - (long) slice * SLICE_FRAMES;
        return frames * Long.BYTES + (long) (slices(blobBytes) - slice) * overheadBytes;
    }

    /** Notes where a frame is. */
    void set(long frame, long entry) {
        int at = Math.toIntExact(frame);
        if (at >= entries.length) {
            entries = Arrays.copyOf(entries, Math.max(at + 1, entries.length * 2));
        }
        entries[at] = entry;
    }

    /** Writes a slice. */
    void write(long blobBytes, int slice, byte[] to) {
        int first = slice * SLICE_FRAMES;
        ByteBuffer out = ByteBuffer.wrap(to);
        for (int i = 0; i < framesIn(blobBytes, slice); i++) {
            out.putLong(first + i < entries.length ? entries[first + i] : 0);
        }
    }

    /** The numbers in a slice. */
    static long[] read(byte[] from, int frames) {
        long[] slice = new long[frames];
        ByteBuffer.wrap(from).asLongBuffer().get(slice);
        return slice;
    }
}

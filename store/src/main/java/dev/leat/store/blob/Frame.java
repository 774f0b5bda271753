package dev.leat.store.blob;

import dev.leat.store.BlobId;
import java.nio.ByteBuffer;

/**
 * What a frame must be: its place is part of its checksum or its seal, so that a frame of another blob, of another place
 * or of another length is as wrong as a damaged one.
 *
 * @param blob whose frame it is
 * @param kind {@link #DATA}, {@link #INDEX} or {@link #STREAM}
 * @param number its place among those of its kind
 * @param plainBytes its length when it is opened
 * @param blobBytes length of the whole blob where that is known when the frame is made, else 0
 */
record Frame(BlobId blob, byte kind, long number, int plainBytes, long blobBytes) {
    /** Bytes of a blob in a frame; only the last frame has fewer. */
    static final int BYTES = 64 << 10;

    /** A frame of the blob's own bytes. */
    static final byte DATA = 1;

    /** A frame of the list of frames. */
    static final byte INDEX = 2;

    /** A frame of something else than a blob. */
    static final byte STREAM = 3;

    /** Version of frames and lists. */
    private static final byte VERSION = 1;

    private static final int LABEL_BYTES = 48;

    /** A frame of a blob's bytes. */
    static Frame data(BlobId blob, long number, int plainBytes) {
        return new Frame(blob, DATA, number, plainBytes, 0);
    }

    /** How many frames a blob has. */
    static long count(long blobBytes) {
        return (blobBytes + BYTES - 1) / BYTES;
    }

    /** Length of a frame of a blob. */
    static int plainBytes(long blobBytes, long number) {
        return (int) Math.min(BYTES, blobBytes - number * BYTES);
    }

    /** All of it as bytes, with how it is packed. */
    byte[] label(int packing) {
        return ByteBuffer.allocate(LABEL_BYTES)
                .put((byte) 'L')
                .put(VERSION)
                .put(kind)
                .put((byte) packing)
                .putInt(plainBytes)
                .putLong(blob.session())
                .putLong(blob.sequence())
                .putLong(number)
                .putLong(blobBytes)
                .putLong(0)
                .array();
    }
}

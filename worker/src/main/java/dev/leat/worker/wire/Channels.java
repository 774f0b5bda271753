package dev.leat.worker.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Whole buffers through blocking channels. */
final class Channels {
    private Channels() {}

    /** Fills {@code to} up to its limit. */
    static void read(ReadableByteChannel from, ByteBuffer to, Stalls.Guard guard) throws IOException {
        while (to.hasRemaining()) {
            if (from.read(to) < 0) {
                throw new EOFException("the connection ended");
            }
            guard.touch();
        }
    }

    /** Sends {@code from} up to its limit. */
    static void write(WritableByteChannel to, ByteBuffer from, Stalls.Guard guard) throws IOException {
        while (from.hasRemaining()) {
            to.write(from);
            guard.touch();
        }
    }
}

package dev.leat.dataset.manifest;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Bytes in compressed chunks, each behind twelve bytes that say how long it is without and with compression and what its
 * checksum is. A chunk that is empty without compression ends them; what it has with compression is taken as it is.
 */
final class Chunks {
    /** Bytes that a chunk is filled to before it is written. */
    static final int FILL_BYTES = 256 << 10;

    /** Most bytes of a chunk: what it is filled to, and the entry that it did not end before. */
    static final int CHUNK_BYTES_MAX = FILL_BYTES + 2 * EntryCodec.ENTRY_BYTES_MAX;

    private static final int HEADER_BYTES = 12;

    private Chunks() {}

    private static int checksum(byte[] bytes, int length, int plain) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, plain));
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** Writes chunks. */
    static final class Out implements AutoCloseable {
        private final OutputStream to;
        private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        private final byte[] packed = new byte[CHUNK_BYTES_MAX + CHUNK_BYTES_MAX / 16 + 64];

        Out(OutputStream to) {
            this.to = to;
        }

        /** Writes a chunk of the first {@code plain} bytes. */
        void write(byte[] bytes, int plain) throws IOException {
            deflater.reset();
            deflater.setInput(bytes, 0, plain);
            deflater.finish();
            int length = deflater.deflate(packed);
            if (!deflater.finished()) {
                throw new IllegalStateException("a chunk grew by more than compression can make it grow");
            }
            put(plain, packed, length);
        }

        /** Writes the last chunk. */
        void end(byte[] trailer) throws IOException {
            put(0, trailer, trailer.length);
            to.flush();
        }

        private void put(int plain, byte[] bytes, int length) throws IOException {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            header.putInt(plain).putInt(length).putInt(checksum(bytes, length, plain));
            to.write(header.array());
            to.write(bytes, 0, length);
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    /** Reads chunks. */
    static final class In implements AutoCloseable {
        private final InputStream from;
        private final Inflater inflater = new Inflater(true);
        private byte[] packed = new byte[1 << 16];
        private final byte[] plain = new byte[CHUNK_BYTES_MAX];
        private boolean ended;

        In(InputStream from) {
            this.from = from;
        }

        /**
         * The next chunk, valid until the one after it is asked for; the last one is what it ends with.
         *
         * @throws ManifestException if it is damaged
         */
        ByteBuffer next() throws IOException {
            ByteBuffer header = ByteBuffer.wrap(exactly(HEADER_BYTES));
            int length = header.getInt();
            int stored = header.getInt();
            int checksum = header.getInt();
            if (length < 0
                    || length > CHUNK_BYTES_MAX
                    || stored < 0
                    || stored > CHUNK_BYTES_MAX + (CHUNK_BYTES_MAX >> 4)) {
                throw new ManifestException("a chunk of it has an impossible length");
            }
            byte[] bytes = exactly(stored);
            if (checksum(bytes, stored, length) != checksum) {
                throw new ManifestException("a chunk of it has a wrong checksum");
            }
            if (length == 0) {
                ended = true;
                if (from.read() >= 0) {
                    throw new ManifestException("something follows its end");
                }
                return ByteBuffer.wrap(bytes, 0, stored);
            }
            inflater.reset();
            inflater.setInput(bytes, 0, stored);
            try {
                int got = inflater.inflate(plain, 0, length);
                if (got != length) {
                    throw new ManifestException("a chunk of it is shorter than it says");
                }
            } catch (DataFormatException e) {
                throw new ManifestException("a chunk of it cannot be decompressed");
            }
            return ByteBuffer.wrap(plain, 0, length);
        }

        /** Whether the last chunk was read. */
        boolean ended() {
            return ended;
        }

        private byte[] exactly(int length) throws IOException {
            if (packed.length < length) {
                packed = new byte[length];
            }
            try {
                if (from.readNBytes(packed, 0, length) < length) {
                    throw new ManifestException("it ends early");
                }
            } catch (EOFException e) {
                throw new ManifestException("it ends early");
            }
            return packed;
        }

        @Override
        public void close() {
            inflater.end();
        }
    }
}

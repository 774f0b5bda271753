package dev.leat.store.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;
import software.amazon.awssdk.core.sync.RequestBody;

/** The bytes of a buffer as the body of a request, readable any number of times and never copied as a whole. */
final class BufferBody {
    private BufferBody() {}

    /** A body of the bytes from {@code buffer}'s position to its limit; the position is not moved. */
    static RequestBody of(ByteBuffer buffer) {
        ByteBuffer bytes = buffer.asReadOnlyBuffer();
        return RequestBody.fromContentProvider(
                () -> new BufferStream(bytes.duplicate()), bytes.remaining(), "application/octet-stream");
    }

    /** CRC32C of the same bytes as S3 writes it: Base64 of four bytes, the highest first. */
    static String crc32c(ByteBuffer buffer) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate());
        byte[] value =
                ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(value);
    }

    /** A stream over a buffer. */
    private static final class BufferStream extends InputStream {
        private static final int TRANSFER_BYTES = 64 << 10;

        private final ByteBuffer bytes;
        private int mark;

        BufferStream(ByteBuffer bytes) {
            this.bytes = bytes;
            this.mark = bytes.position();
        }

        @Override
        public int read() {
            return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            int count = Math.min(length, bytes.remaining());
            bytes.get(target, offset, count);
            return count == 0 ? -1 : count;
        }

        @Override
        public long transferTo(OutputStream out) throws IOException {
            byte[] piece = new byte[Math.min(TRANSFER_BYTES, bytes.remaining())];
            long total = 0;
            while (bytes.hasRemaining()) {
                int count = read(piece, 0, piece.length);
                out.write(piece, 0, count);
                total += count;
            }
            return total;
        }

        @Override
        public int available() {
            return bytes.remaining();
        }

        @Override
        public boolean markSupported() {
            return true;
        }

        @Override
        public synchronized void mark(int limit) {
            mark = bytes.position();
        }

        @Override
        public synchronized void reset() {
            bytes.position(mark);
        }
    }
}

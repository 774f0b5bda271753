package dev.leat.store.blob;

import dev.leat.store.BlobId;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.SecretKey;

/**
 * A stream of any length in sealed frames, each behind its length. The name that it is sealed under must be known to open
 * it; a stream that ends before its last frame is as wrong as a changed one.
 */
public final class SealedStream {
    /** Set in the length of the last frame. */
    private static final int LAST = 1 << 30;

    private SealedStream() {}

    private static BlobId id(String name) {
        try {
            ByteBuffer digest = ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(("stream " + name).getBytes(StandardCharsets.UTF_8)));
            return new BlobId(digest.getLong(), digest.getLong());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    private static Frame frame(BlobId id, long number, int plainBytes, boolean last) {
        return new Frame(id, Frame.STREAM, number, plainBytes, last ? 1 : 0);
    }

    /** Seals what is written. Closing it ends the stream and closes {@code to}. */
    public static OutputStream seal(OutputStream to, DataKey key, String name) {
        return new Output(to, key, id(name));
    }

    /** Opens what was sealed under the same name; fails with one line at the first frame that was not. */
    public static InputStream open(InputStream from, DataKey key, String name) {
        return new Input(from, key, id(name), name);
    }

    private static final class Output extends OutputStream {
        private final OutputStream to;
        private final SecretKey key;
        private final BlobId id;
        private final Workbench bench = new Workbench();
        private int filled;
        private long number;
        private boolean ended;

        Output(OutputStream to, DataKey key, BlobId id) {
            this.to = to;
            this.key = key.of(id);
            this.id = id;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int done = 0;
            while (done < length) {
                if (filled == Frame.BYTES) {
                    end(false);
                }
                int some = Math.min(length - done, Frame.BYTES - filled);
                System.arraycopy(bytes, offset + done, bench.plain, filled, some);
                filled += some;
                done += some;
            }
        }

        private void end(boolean last) throws IOException {
            int length = bench.make(frame(id, number, filled, last), Compression.NONE, key);
            to.write(ByteBuffer.allocate(Integer.BYTES)
                    .putInt(last ? length | LAST : length)
                    .array());
            to.write(bench.stored, 0, length);
            number++;
            filled = 0;
        }

        @Override
        public void close() throws IOException {
            if (!ended) {
                ended = true;
                if (filled == 0) {
                    throw new IOException("an empty stream cannot be sealed");
                }
                end(true);
            }
            to.close();
        }
    }

    private static final class Input extends InputStream {
        private final DataInputStream from;
        private final SecretKey key;
        private final BlobId id;
        private final String name;
        private final Workbench bench = new Workbench();
        private int at;
        private int filled;
        private long number;
        private boolean last;

        Input(InputStream from, DataKey key, BlobId id, String name) {
            this.from = new DataInputStream(from);
            this.key = key.of(id);
            this.id = id;
            this.name = name;
        }

        private boolean fill() throws IOException {
            if (at < filled) {
                return true;
            }
            if (last) {
                return false;
            }
            try {
                int told = from.readInt();
                last = (told & LAST) != 0;
                int length = told & ~LAST;
                int plainBytes = length - Workbench.overheadBytes(true);
                if (plainBytes < 1 || plainBytes > Frame.BYTES) {
                    throw new IOException("'" + name + "' is damaged: it has a frame of " + length + " bytes");
                }
                from.readFully(bench.stored, 0, length);
                String wrong = bench.open(frame(id, number, plainBytes, last), 0, length, key);
                if (wrong != null) {
                    throw new IOException(
                            "'" + name + "' is damaged or of another volume: frame " + number + " " + wrong);
                }
                number++;
                at = 0;
                filled = plainBytes;
                return true;
            } catch (EOFException e) {
                throw new IOException("'" + name + "' ends too early", e);
            }
        }

        @Override
        public int read() throws IOException {
            return fill() ? bench.plain[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int some = Math.min(length, filled - at);
            System.arraycopy(bench.plain, at, bytes, offset, some);
            at += some;
            return some;
        }

        @Override
        public int available() throws IOException {
            // What the unpacker asks for to learn whether another member may follow.
            return filled - at + (last ? 0 : 1);
        }

        @Override
        public void close() throws IOException {
            from.close();
        }
    }
}

package dev.leat.worker.wire;

import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * A worker's answers. A header of 20 bytes; with OK, a CRC32C for each 64 KiB of the range, bound to the blob and the place in it, and
 * then the bytes; with anything else, words.
 */
public final class Reply {
    /** What one checksum covers. */
    static final int PIECE_BYTES = 64 << 10;

    private static final int MAGIC = 0x4C505232; // "LPR2"
    private static final int HEADER_BYTES = 20;
    private static final int WORDS_MAX = 1024;

    private Reply() {}

    /** The worker answered with something else than bytes. */
    public static final class Declined extends IOException {
        private static final long serialVersionUID = 1;

        private final Status status;

        Declined(Status status, String message) {
            super(message);
            this.status = status;
        }

        /** What it answered. */
        public Status status() {
            return status;
        }
    }

    /** Sends the bytes that were asked for. */
    public static void writeBytes(SocketChannel to, ReadRequest request, MemorySegment bytes, Stalls.Guard guard)
            throws IOException {
        int length = request.lengthBytes();
        int pieces = pieces(length);
        ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES + 4 * pieces);
        head.putInt(MAGIC)
                .putInt(Status.OK.code())
                .putInt(request.id())
                .putInt(length)
                .putInt(0);
        for (int i = 0; i < pieces; i++) {
            head.putInt(crc(request, bytes, i));
        }
        seal(head.flip());
        ByteBuffer body = bytes.asSlice(0, length).asByteBuffer();
        ByteBuffer[] all = {head, body};
        while (body.hasRemaining()) {
            to.write(all);
            guard.touch();
        }
    }

    /** Sends anything but bytes. */
    public static void writeWords(SocketChannel to, int id, Status status, String words, Stalls.Guard guard)
            throws IOException {
        byte[] text = words.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, WORDS_MAX);
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length);
        frame.putInt(MAGIC).putInt(status.code()).putInt(id).putInt(length).putInt(0);
        frame.put(text, 0, length);
        seal(frame.flip());
        Channels.write(to, frame, guard);
    }

    /**
     * Waits for the bytes of a request and puts them into {@code to}.
     *
     * @param guard touched by all that comes: a worker that waits for its source says so each second
     * @throws Declined when the worker has no bytes for this request
     * @throws ProtocolException when what came is not what was asked for
     */
    public static void read(SocketChannel from, ReadRequest request, MemorySegment to, Stalls.Guard guard)
            throws IOException {
        while (true) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            Channels.read(from, header, guard);
            header.flip();
            int magic = header.getInt();
            Status status = Status.of(header.getInt());
            int id = header.getInt();
            int length = header.getInt();
            if (magic != MAGIC || status == null || (status != Status.OK && (length < 0 || length > WORDS_MAX))) {
                throw ProtocolException.violated("the worker's answer is no reply");
            }
            if (status == Status.OK) {
                if (id != request.id() || length != request.lengthBytes()) {
                    throw ProtocolException.violated("the worker's answer is to another request");
                }
                readBytes(from, request, header, to, guard);
                return;
            }
            String words = readWords(from, header, length, guard);
            // A client that was not let in is told so before its request is looked at.
            if (status != Status.DENIED && id != request.id()) {
                throw ProtocolException.violated("the worker's answer is to another request");
            }
            if (status != Status.PROGRESS) {
                throw new Declined(status, words);
            }
        }
    }

    private static void readBytes(
            SocketChannel from, ReadRequest request, ByteBuffer header, MemorySegment to, Stalls.Guard guard)
            throws IOException {
        int length = request.lengthBytes();
        int pieces = pieces(length);
        ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES + 4 * pieces);
        head.put(header.rewind());
        Channels.read(from, head, guard);
        check(head.flip());
        MemorySegment bytes = to.asSlice(0, length);
        Channels.read(from, bytes.asByteBuffer(), guard);
        for (int i = 0; i < pieces; i++) {
            if (head.getInt(HEADER_BYTES + 4 * i) != crc(request, bytes, i)) {
                throw ProtocolException.damaged(
                        "bytes of blob " + request.blob().id() + " at " + (request.offset() + (long) i * PIECE_BYTES)
                                + " do not have their checksum");
            }
        }
    }

    private static String readWords(SocketChannel from, ByteBuffer header, int length, Stalls.Guard guard)
            throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length);
        frame.put(header.rewind());
        Channels.read(from, frame, guard);
        check(frame.flip());
        byte[] text = new byte[length];
        frame.get(HEADER_BYTES, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static int pieces(int length) {
        return (length + PIECE_BYTES - 1) / PIECE_BYTES;
    }

    /** The checksum of one piece: of its bytes, whose they are and where they belong. */
    private static int crc(ReadRequest request, MemorySegment bytes, int piece) {
        long at = (long) piece * PIECE_BYTES;
        long length = Math.min(PIECE_BYTES, request.lengthBytes() - at);
        Blob blob = request.blob();
        ByteBuffer place = ByteBuffer.allocate(24);
        place.putLong(blob.id().session()).putLong(blob.id().sequence()).putLong(request.offset() + at);
        CRC32C crc = new CRC32C();
        crc.update(place.flip());
        crc.update(bytes.asSlice(at, length).asByteBuffer());
        return (int) crc.getValue();
    }

    private static int headCrc(ByteBuffer frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame.slice(0, HEADER_BYTES - 4));
        crc.update(frame.slice(HEADER_BYTES, frame.limit() - HEADER_BYTES));
        return (int) crc.getValue();
    }

    private static void seal(ByteBuffer frame) {
        frame.putInt(HEADER_BYTES - 4, headCrc(frame));
    }

    private static void check(ByteBuffer frame) throws ProtocolException {
        if (frame.getInt(HEADER_BYTES - 4) != headCrc(frame)) {
            throw ProtocolException.damaged("the worker's answer does not have its checksum");
        }
    }
}

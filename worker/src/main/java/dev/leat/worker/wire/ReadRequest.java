package dev.leat.worker.wire;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a range of a blob: a header of 56 bytes, then the names of source, key and validator in UTF-8, all of it under a
 * CRC32C.
 *
 * @param id the connection's own count of requests; the reply bears it
 * @param source identity of the source as the worker knows it
 * @param blob the blob, as the client knows it
 * @param offset first byte in the blob
 * @param lengthBytes bytes wanted
 */
public record ReadRequest(int id, String source, Blob blob, long offset, int lengthBytes) {
    private static final int MAGIC = 0x4C505131; // "LPQ1"
    private static final byte READ = 1;
    private static final int HEADER_BYTES = 56;
    private static final int CRC_AT = 52;

    /** Longest of the three names, in bytes of UTF-8: keys of object stores have up to 1024. */
    private static final int NAME_MAX = 4096;

    private static final int NONE = 0xFFFF;

    /** Sends it. */
    public void write(SocketChannel to, Stalls.Guard guard) throws IOException {
        byte[] from = name(source);
        byte[] key = name(blob.key());
        String etag = blob.etag();
        byte[] validator = etag == null ? new byte[0] : name(etag);
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + from.length + key.length + validator.length);
        frame.putInt(MAGIC).put(READ).put((byte) 0).putShort((short) from.length);
        frame.putShort((short) key.length).putShort((short) (etag == null ? NONE : validator.length));
        frame.putInt(id).putInt(lengthBytes);
        frame.putLong(blob.id().session()).putLong(blob.id().sequence());
        frame.putLong(blob.sizeBytes()).putLong(offset);
        frame.putInt(0).put(from).put(key).put(validator).flip();
        frame.putInt(CRC_AT, crc(frame));
        Channels.write(to, frame, guard);
    }

    private static byte[] name(String text) throws ProtocolException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > NAME_MAX) {
            throw ProtocolException.violated("the name " + text.substring(0, 40) + "… is too long for a worker");
        }
        return bytes;
    }

    private static int crc(ByteBuffer frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame.slice(0, CRC_AT));
        crc.update(frame.slice(HEADER_BYTES, frame.limit() - HEADER_BYTES));
        return (int) crc.getValue();
    }

    /**
     * Waits for the next request.
     *
     * @param idle guards the wait; touched as soon as something comes
     * @return null when the client has ended the connection
     */
    public static @Nullable ReadRequest read(SocketChannel from, Stalls.Guard idle) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(HEADER_BYTES);
        if (from.read(first) < 0) {
            return null;
        }
        idle.touch();
        Channels.read(from, first, idle);
        first.flip();
        int magic = first.getInt();
        byte operation = first.get();
        first.get();
        int sourceBytes = Short.toUnsignedInt(first.getShort());
        int keyBytes = Short.toUnsignedInt(first.getShort());
        int tagBytes = Short.toUnsignedInt(first.getShort());
        boolean tagged = tagBytes != NONE;
        if (magic != MAGIC
                || operation != READ
                || sourceBytes > NAME_MAX
                || keyBytes > NAME_MAX
                || (tagged && tagBytes > NAME_MAX)) {
            throw ProtocolException.violated("what came is no request");
        }
        int names = sourceBytes + keyBytes + (tagged ? tagBytes : 0);
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + names);
        frame.put(first.rewind());
        Channels.read(from, frame, idle);
        frame.flip();
        if (frame.getInt(CRC_AT) != crc(frame)) {
            throw ProtocolException.damaged("a request does not have its checksum");
        }
        frame.position(12);
        int id = frame.getInt();
        int length = frame.getInt();
        BlobId blob = new BlobId(frame.getLong(), frame.getLong());
        long size = frame.getLong();
        long offset = frame.getLong();
        frame.getInt();
        String source = text(frame, sourceBytes);
        String key = text(frame, keyBytes);
        String etag = tagged ? text(frame, tagBytes) : null;
        return new ReadRequest(id, source, new Blob(blob, key, size, etag), offset, length);
    }

    private static String text(ByteBuffer frame, int bytes) {
        byte[] text = new byte[bytes];
        frame.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}

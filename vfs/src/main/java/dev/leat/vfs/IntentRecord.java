package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A record of an {@link IntentLog} as it lies on the disk: magic, length, the log's id, number, how far the log was known to be on the disk, kind, checksum over
 * all of it, and the body; a multiple of 8 bytes, so that records are found again behind a damaged one.
 *
 * @param log random number of the log that it belongs to: what an older file left in the same blocks has another one
 * @param sequence its number; they ascend by one
 * @param durable the last record that was known to be on the disk when this one was written
 * @param kind what it says
 * @param body the rest
 */
record IntentRecord(long log, long sequence, long durable, Kind kind, Bytes body) {
    /** What a record says. */
    enum Kind {
        /** An {@link Intent} follows, which takes the place of what was said of its file before. */
        INTENT(1),
        /** Everything of a file is published, or was cut off: an inode follows. */
        END(2),
        /** A file is losing its last name here, so that its bytes may go with it: an inode follows. */
        REMOVED(3),
        /** It was not removed after all: an inode follows. */
        KEPT(4);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        private static @Nullable Kind of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return null;
        }
    }

    private static final int MAGIC = 0x544e494c;
    static final int HEAD_BYTES = 48;
    private static final int LENGTH_AT = 4;
    private static final int CRC_AT = 36;

    /** No record is longer: 4 million ranges. */
    private static final int BYTES_MAX = 64 << 20;

    private static int aligned(int bytes) {
        return (bytes + 7) & ~7;
    }

    /** How many bytes it takes. */
    int sizeBytes() {
        return aligned(HEAD_BYTES + body.length());
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC).putInt(HEAD_BYTES + body.length());
        out.putLong(log).putLong(sequence).putLong(durable);
        out.putInt(kind.code);
        out.position(HEAD_BYTES).put(body.unsafeArray());
        out.putInt(CRC_AT, crc(out));
        return out.array();
    }

    private static int crc(ByteBuffer record) {
        CRC32C crc = new CRC32C();
        crc.update(record.array(), record.arrayOffset(), CRC_AT);
        int after = CRC_AT + Integer.BYTES;
        crc.update(record.array(), record.arrayOffset() + after, record.capacity() - after);
        return (int) crc.getValue();
    }

    /** The record at a place, or null if there is none or it is not whole. */
    static @Nullable IntentRecord at(byte[] log, int position) {
        if (position + HEAD_BYTES > log.length) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(log, position, HEAD_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
        int length = head.getInt(LENGTH_AT);
        if (head.getInt(0) != MAGIC
                || length < HEAD_BYTES
                || length > BYTES_MAX
                || position + aligned(length) > log.length) {
            return null;
        }
        ByteBuffer whole =
                ByteBuffer.wrap(log, position, aligned(length)).slice().order(ByteOrder.LITTLE_ENDIAN);
        Kind kind = Kind.of(whole.getInt(32));
        if (kind == null || whole.getInt(CRC_AT) != crc(whole)) {
            return null;
        }
        byte[] body = new byte[length - HEAD_BYTES];
        whole.get(HEAD_BYTES, body);
        return new IntentRecord(whole.getLong(8), whole.getLong(16), whole.getLong(24), kind, Bytes.wrap(body));
    }
}

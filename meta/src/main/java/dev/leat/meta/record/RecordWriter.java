package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Time;
import dev.leat.store.BlobId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a record's bytes. Numbers are variable-length: seven bits a byte, lowest first, as most of them are small. */
final class RecordWriter {
    private ByteBuffer out = ByteBuffer.allocate(192);

    RecordWriter(int version) {
        u8(version);
    }

    RecordWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    /** An unsigned number; a negative one takes ten bytes. */
    RecordWriter number(long value) {
        ByteBuffer buffer = room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            buffer.put((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        buffer.put((byte) rest);
        return this;
    }

    /** A number of either sign, small when its magnitude is. */
    RecordWriter signed(long value) {
        return number((value << 1) ^ (value >> 63));
    }

    /** A user or group id or another unsigned 32-bit number. */
    RecordWriter u32(int value) {
        return number(Integer.toUnsignedLong(value));
    }

    /** Eight bytes, for random numbers. */
    RecordWriter fixed(long value) {
        room(8).putLong(value);
        return this;
    }

    RecordWriter bytes(Bytes value) {
        number(value.length());
        room(value.length()).put(value.unsafeArray());
        return this;
    }

    /** Bytes that may be missing. */
    RecordWriter optional(@Nullable Bytes value) {
        if (value == null) {
            return number(0);
        }
        number(value.length() + 1L);
        room(value.length()).put(value.unsafeArray());
        return this;
    }

    RecordWriter text(String value) {
        return bytes(Bytes.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    RecordWriter texts(Map<String, String> values) {
        number(values.size());
        values.forEach((key, value) -> text(key).text(value));
        return this;
    }

    RecordWriter time(Time time) {
        return signed(time.seconds()).number(time.nanos());
    }

    RecordWriter blob(BlobId blob) {
        return fixed(blob.session()).number(blob.sequence());
    }

    byte[] toBytes() {
        byte[] result = new byte[out.position()];
        out.get(0, result);
        return result;
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(out.capacity() * 2, out.position() + bytes));
            out = larger.put(out.flip());
        }
        return out;
    }
}

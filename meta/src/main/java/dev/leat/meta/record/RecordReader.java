package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.fs.Time;
import dev.leat.store.BlobId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes a record's bytes apart. What does not add up is {@link Kind#CORRUPT}; what is newer is {@link Kind#FOREIGN}. */
final class RecordReader {
    private final ByteBuffer in;
    private final int version;

    private RecordReader(ByteBuffer in, int version) {
        this.in = in;
        this.version = version;
    }

    /** Reads a whole value. */
    static <T> T read(String what, byte[] bytes, int newestVersion, Body<T> body) throws MetaException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int version = in.get() & 0xff;
            if (version == 0 || version > newestVersion) {
                throw new MetaException(
                        Kind.FOREIGN,
                        "a " + what + " of version " + version + " is newer than this Leat, which reads up to "
                                + newestVersion + "; use a newer Leat");
            }
            T record = body.read(new RecordReader(in, version));
            if (in.hasRemaining()) {
                throw corrupt("a " + what + " has " + in.remaining() + " bytes too many", null);
            }
            return record;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw corrupt("a " + what + " of " + bytes.length + " bytes makes no sense; run `leat fsck`", e);
        }
    }

    static MetaException corrupt(String message, @Nullable Throwable cause) {
        return new MetaException(Kind.CORRUPT, message, cause);
    }

    /** The record's version. */
    int version() {
        return version;
    }

    int u8() {
        return in.get() & 0xff;
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    long signed() {
        long value = number();
        return (value >>> 1) ^ -(value & 1);
    }

    int u32() {
        return (int) number();
    }

    long fixed() {
        return in.getLong();
    }

    /** A count of things that take at least one byte each, so that a broken one cannot ask for all memory. */
    int count() {
        long count = number();
        if (count < 0 || count > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return (int) count;
    }

    Bytes bytes() {
        return take(count());
    }

    @Nullable
    Bytes optional() {
        long length = number();
        if (length == 0) {
            return null;
        }
        if (length < 0 || length - 1 > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return take((int) length - 1);
    }

    String text() {
        return new String(bytes().unsafeArray(), StandardCharsets.UTF_8);
    }

    Map<String, String> texts() {
        int count = count();
        Map<String, String> values = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            values.put(text(), text());
        }
        return values;
    }

    Time time() {
        return new Time(signed(), (int) number());
    }

    BlobId blob() {
        return new BlobId(fixed(), number());
    }

    private Bytes take(int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return Bytes.wrap(bytes);
    }

    /** Reads the fields after the version. */
    @FunctionalInterface
    interface Body<T> {
        T read(RecordReader in) throws MetaException;
    }
}

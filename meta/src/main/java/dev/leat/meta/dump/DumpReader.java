package dev.leat.meta.dump;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.record.VolumeRecord;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Reads a dump from front to end; what is not exactly as it was written is refused with CORRUPT. */
public final class DumpReader {
    private static final int BUFFER_BYTES = 1 << 16;

    /** Far more than a volume's record ever takes. */
    private static final int RECORD_BYTES_MAX = 1 << 20;

    private final Sink sink;

    private DumpReader(Sink sink) {
        this.sink = sink;
    }

    /** Takes what a dump holds. */
    interface Sink {
        /** A key, with its value or null when it is gone. */
        void entry(Key key, byte @Nullable [] value) throws IOException;
    }

    /** Reads a dump to its end without using it. */
    public static DumpSummary check(InputStream from) throws IOException {
        return read(from, (_, _) -> {});
    }

    static DumpSummary read(InputStream from, Sink sink) throws IOException {
        try {
            DataInputStream head = new DataInputStream(from);
            if (head.readLong() != DumpFormat.MAGIC) {
                throw new MetaException(Kind.FOREIGN, "this is no dump of Leat's metadata");
            }
            int version = head.readInt();
            if (version != DumpFormat.VERSION) {
                throw new MetaException(
                        Kind.FOREIGN,
                        "the dump has version " + version + ", which this Leat does not know; use a newer one");
            }
            return new DumpReader(sink).all(new GZIPInputStream(from, BUFFER_BYTES));
        } catch (EOFException e) {
            throw DumpFormat.damaged("it ends too early");
        } catch (ZipException e) {
            throw DumpFormat.damaged("it cannot be unpacked (" + e.getMessage() + ")");
        }
    }

    private DumpSummary all(InputStream unpacked) throws IOException {
        CheckedInputStream checked =
                new CheckedInputStream(new BufferedInputStream(unpacked, BUFFER_BYTES), new CRC32C());
        DataInputStream in = new DataInputStream(checked);
        int length = in.readInt();
        if (length < 0 || length > RECORD_BYTES_MAX) {
            throw DumpFormat.damaged("the volume's record cannot be that long");
        }
        VolumeRecord volume = VolumeRecord.decode(in.readNBytes(length));
        long entries = 0;
        for (int kind = in.readUnsignedByte(); kind != DumpFormat.END; kind = in.readUnsignedByte()) {
            Key key = key(in);
            switch (kind) {
                case DumpFormat.PUT -> sink.entry(key, value(in));
                case DumpFormat.DELETE -> sink.entry(key, null);
                default -> throw DumpFormat.damaged("there are no entries of kind " + kind);
            }
            entries++;
        }
        if (in.readLong() != entries) {
            throw DumpFormat.damaged("entries are missing");
        }
        int sum = (int) checked.getChecksum().getValue();
        if (in.readInt() != sum) {
            throw DumpFormat.damaged("its checksum is wrong");
        }
        // Also makes the unpacker look at its own checksum, which stands behind the last byte.
        if (in.read() >= 0) {
            throw DumpFormat.damaged("something follows its end");
        }
        return new DumpSummary(volume, entries);
    }

    private static Key key(DataInputStream in) throws IOException {
        Bytes partition = bytes(in);
        Bytes name = bytes(in);
        if (partition.length() + name.length() > CommitRules.KEY_BYTES_MAX) {
            throw DumpFormat.damaged("a key cannot be that long");
        }
        Key key = new Key(partition, name);
        if (!DumpFormat.carries(key)) {
            throw DumpFormat.damaged("the key " + key + " has no place in it");
        }
        return key;
    }

    private static Bytes bytes(DataInputStream in) throws IOException {
        int length = in.readUnsignedShort();
        if (length > CommitRules.KEY_BYTES_MAX) {
            throw DumpFormat.damaged("a key cannot be that long");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return Bytes.wrap(bytes);
    }

    private static byte[] value(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > DumpFormat.VALUE_BYTES_MAX) {
            throw DumpFormat.damaged("a value cannot be that long");
        }
        byte[] value = new byte[length];
        in.readFully(value);
        return value;
    }
}

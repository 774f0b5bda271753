package dev.leat.dataset.shard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * TensorFlow's records: the length, its masked CRC32C, the data, their masked CRC32C. The data are a {@code tf.train.Example}
 * with the sample's key as {@code __key__} and the bytes of each file under its extension; a file without one is {@code __data__}.
 */
final class RecordLayout implements Layout {
    /** Length and its checksum before the data. */
    static final int HEAD_BYTES = 12;

    /** The checksum behind the data. */
    static final int TAIL_BYTES = 4;

    private static final int MASK_DELTA = 0xa282ead8;

    /** Field 1 of length-delimited type, in all messages that an Example is made of. */
    private static final int FIELD_1 = 0x0a;

    /** Field 2 of length-delimited type: the value of a map's entry. */
    private static final int FIELD_2 = 0x12;

    private static final String KEY = "__key__";
    private static final String WITHOUT_EXTENSION = "__data__";

    /** A checksum as records have it: turned and shifted, so that checksums of data with checksums in them stay apart. */
    static int masked(int crc) {
        return Integer.rotateRight(crc, 15) + MASK_DELTA;
    }

    @Override
    public long sizeBytes(Sample sample) {
        return HEAD_BYTES + dataBytes(sample) + TAIL_BYTES;
    }

    @Override
    public int endBytes() {
        return 0;
    }

    private static long dataBytes(Sample sample) {
        long features = featuresBytes(sample);
        return field(features);
    }

    private static long featuresBytes(Sample sample) {
        long bytes = field(entryBytes(KEY, utf8(sample.key()).length));
        for (Sample.Member member : sample.members()) {
            bytes += field(entryBytes(name(member), member.facts().sizeBytes()));
        }
        return bytes;
    }

    private static String name(Sample.Member member) {
        String extension = member.extension();
        return extension.isEmpty() ? WITHOUT_EXTENSION : extension;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Bytes of an entry: its name, and a Feature with a BytesList with one value. */
    private static long entryBytes(String name, long valueBytes) {
        return field(utf8(name).length) + field(field(field(valueBytes)));
    }

    /** Bytes of a length-delimited field with this content. */
    private static long field(long content) {
        return 1 + varintBytes(content) + content;
    }

    private static int varintBytes(long value) {
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
    }

    @Override
    public void pieces(Sample sample, Consumer<Piece> taker) {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(dataBytes(sample));
        CRC32C crc = new CRC32C();
        crc.update(head.array(), 0, Long.BYTES);
        head.putInt(masked((int) crc.getValue()));
        taker.accept(new Piece.Literal(head.array()));
        taker.accept(new Piece.SumBegins());
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        begin(first, FIELD_1, featuresBytes(sample));
        byte[] key = utf8(sample.key());
        beginEntry(first, KEY, key.length);
        first.writeBytes(key);
        taker.accept(new Piece.Literal(first.toByteArray()));
        for (Sample.Member member : sample.members()) {
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            beginEntry(entry, name(member), member.facts().sizeBytes());
            taker.accept(new Piece.Literal(entry.toByteArray()));
            taker.accept(new Piece.Content(member));
        }
        taker.accept(new Piece.Sum());
    }

    private static void beginEntry(ByteArrayOutputStream out, String name, long valueBytes) {
        byte[] text = utf8(name);
        begin(out, FIELD_1, entryBytes(name, valueBytes));
        begin(out, FIELD_1, text.length);
        out.writeBytes(text);
        begin(out, FIELD_2, field(field(valueBytes)));
        begin(out, FIELD_1, field(valueBytes));
        begin(out, FIELD_1, valueBytes);
    }

    private static void begin(ByteArrayOutputStream out, int tag, long length) {
        out.write(tag);
        long rest = length;
        while (rest >= 0x80) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}

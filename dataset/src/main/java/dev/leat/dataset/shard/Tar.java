package dev.leat.dataset.shard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Headers of tar files: written as POSIX has them (ustar, with pax records where a name or a length needs them). */
final class Tar {
    /** Everything in a tar file is a multiple of it. */
    static final int BLOCK_BYTES = 512;

    /** Two blocks of zeros end a file. */
    static final int END_BYTES = 2 * BLOCK_BYTES;

    private static final int NAME_AT = 0;
    private static final int NAME_BYTES = 100;
    private static final int MODE_AT = 100;
    private static final int UID_AT = 108;
    private static final int GID_AT = 116;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 12;
    private static final int TIME_AT = 136;
    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_BYTES = 155;

    /** The largest length that eleven octal digits write. */
    private static final long OCTAL_MAX = (1L << 33) - 1;

    private Tar() {}

    /**
     * A header.
     *
     * @param name as it stands there, in the pieces of the old form
     * @param type {@code '0'} a file, {@code '5'} a directory, {@code 'x'} pax records for the next one, {@code 'L'} its long name
     * @param sizeBytes length of what follows
     */
    record Header(String name, char type, long sizeBytes) {
        /** Whether bytes of a file follow. */
        boolean isFile() {
            return type == '0' || type == '\0' || type == '7';
        }
    }

    /** What is no header. */
    static final class BadHeader extends Exception {
        private static final long serialVersionUID = 1L;

        BadHeader(String why) {
            super(why);
        }
    }

    /** The blocks before a member's bytes. */
    static byte[] header(String name, long sizeBytes) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean plain = utf8.length == name.length();
        int split = plain ? split(utf8) : -1;
        if (split < 0 || sizeBytes > OCTAL_MAX) {
            Map<String, String> records = new TreeMap<>();
            if (split < 0) {
                records.put("path", name);
            }
            if (sizeBytes > OCTAL_MAX) {
                records.put("size", Long.toString(sizeBytes));
            }
            byte[] body = paxRecords(records);
            // Who does not know pax sees a file of this name; the bytes of the real one are cut to fit.
            out.writeBytes(block("PaxHeaders/" + name.hashCode(), "", body.length, 'x'));
            out.writeBytes(body);
            out.writeBytes(new byte[padding(body.length)]);
        }
        String shortName = split >= 0 ? name.substring(split == 0 ? 0 : split + 1) : cut(name);
        String prefix = split > 0 ? name.substring(0, split) : "";
        out.writeBytes(block(shortName, prefix, Math.min(sizeBytes, OCTAL_MAX), '0'));
        return out.toByteArray();
    }

    private static String cut(String name) {
        String ascii = name.replaceAll("[^\\x20-\\x7e]", "_");
        return ascii.substring(Math.max(0, ascii.length() - NAME_BYTES));
    }

    /** Where a name is cut into prefix and name; 0 if it needs no cut, negative if none fits. */
    private static int split(byte[] name) {
        if (name.length <= NAME_BYTES) {
            return 0;
        }
        for (int slash = Math.min(PREFIX_BYTES, name.length - 2); slash > 0; slash--) {
            if (name[slash] == '/' && name.length - slash - 1 <= NAME_BYTES) {
                return slash;
            }
        }
        return -1;
    }

    private static byte[] paxRecords(Map<String, String> records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        records.forEach((key, value) -> {
            byte[] rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8);
            // The length counts its own digits.
            int length = rest.length + 1;
            while (length != rest.length + Integer.toString(length).length()) {
                length = rest.length + Integer.toString(length).length();
            }
            out.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(rest);
        });
        return out.toByteArray();
    }

    private static byte[] block(String name, String prefix, long sizeBytes, char type) {
        byte[] block = new byte[BLOCK_BYTES];
        text(block, NAME_AT, name);
        octal(block, MODE_AT, 8, 0644);
        octal(block, UID_AT, 8, 0);
        octal(block, GID_AT, 8, 0);
        octal(block, SIZE_AT, SIZE_BYTES, sizeBytes);
        // No time: the same files give the same shard.
        octal(block, TIME_AT, 12, 0);
        block[TYPE_AT] = (byte) type;
        text(block, MAGIC_AT, "ustar\00000");
        text(block, PREFIX_AT, prefix);
        Arrays.fill(block, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES, (byte) ' ');
        octal(block, CHECKSUM_AT, CHECKSUM_BYTES - 1, sum(block));
        return block;
    }

    private static void text(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    /** Octal digits with leading zeros and a NUL at the end. */
    private static void octal(byte[] block, int at, int length, long value) {
        long rest = value;
        for (int i = length - 2; i >= 0; i--) {
            block[at + i] = (byte) ('0' + (rest & 7));
            rest >>>= 3;
        }
        block[at + length - 1] = 0;
    }

    /** The bytes' sum, the checksum's own counted as spaces. */
    private static long sum(byte[] block) {
        long sum = 0;
        for (int i = 0; i < BLOCK_BYTES; i++) {
            boolean own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
            sum += own ? ' ' : block[i] & 0xff;
        }
        return sum;
    }

    /** Zeros that follow this many bytes. */
    static int padding(long bytes) {
        return (int) (-bytes & (BLOCK_BYTES - 1));
    }

    static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Reads a header block. */
    static Header parse(byte[] block) throws BadHeader {
        long written = number(block, CHECKSUM_AT, CHECKSUM_BYTES);
        if (written != sum(block)) {
            throw new BadHeader("the checksum is wrong");
        }
        long size = number(block, SIZE_AT, SIZE_BYTES);
        if (size < 0) {
            throw new BadHeader("the length is negative");
        }
        String name = string(block, NAME_AT, NAME_BYTES);
        boolean posix = block[MAGIC_AT + 5] == 0;
        String prefix = posix ? string(block, PREFIX_AT, PREFIX_BYTES) : "";
        return new Header(prefix.isEmpty() ? name : prefix + "/" + name, (char) (block[TYPE_AT] & 0xff), size);
    }

    private static String string(byte[] block, int at, int length) {
        int end = at;
        while (end < at + length && block[end] != 0) {
            end++;
        }
        return utf8(block, at, end - at);
    }

    /** Text of a header: UTF-8, or Latin-1 where it is none. */
    static String utf8(byte[] bytes, int at, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, at, length, StandardCharsets.ISO_8859_1);
        }
    }

    /** Octal digits, or the binary form of GNU's tar. */
    private static long number(byte[] block, int at, int length) throws BadHeader {
        if ((block[at] & 0x80) != 0) {
            long value = block[at] & 0x3f;
            for (int i = 1; i < length; i++) {
                if (value >>> 55 != 0) {
                    throw new BadHeader("a number is too large");
                }
                value = value << 8 | (block[at + i] & 0xff);
            }
            return value;
        }
        long value = 0;
        boolean any = false;
        for (int i = at; i < at + length; i++) {
            char digit = (char) block[i];
            if (digit >= '0' && digit <= '7') {
                value = value << 3 | (digit - '0');
                any = true;
            } else if (digit == 0 || digit == ' ') {
                if (any) {
                    break;
                }
            } else {
                throw new BadHeader("what should be a number is none");
            }
        }
        return value;
    }

    /** Reads pax records. */
    static Map<String, String> parsePax(byte[] records) throws BadHeader {
        Map<String, String> found = new TreeMap<>();
        int at = 0;
        while (at < records.length && records[at] != 0) {
            int space = at;
            int length = 0;
            while (space < records.length && records[space] >= '0' && records[space] <= '9' && space - at < 9) {
                length = length * 10 + (records[space++] - '0');
            }
            if (length <= space - at + 2 || at + length > records.length || records[at + length - 1] != '\n') {
                throw new BadHeader("the extended header cannot be read");
            }
            String record = utf8(records, space + 1, at + length - space - 2);
            int equals = record.indexOf('=');
            if (equals > 0) {
                found.put(record.substring(0, equals), record.substring(equals + 1));
            }
            at += length;
        }
        return found;
    }
}

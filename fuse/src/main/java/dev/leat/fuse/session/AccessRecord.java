package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.MalformedRequestException;
import dev.leat.fuse.wire.Message;
import dev.leat.fuse.wire.Opcode;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A request and what it was answered. Its arguments are copied when it arrives, since the answer is written over them; it
 * becomes text only when somebody reads it.
 */
public final class AccessRecord {
    /** Arguments and two names; what is longer, the data of a write or a long value, is cut. */
    private static final int COPIED_BYTES_MAX = 1024;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX");
    private static final double NANOS_PER_SECOND = 1e9;

    private final Message message;
    private final int opcode;
    private int error;
    private long bytes;
    private long nodeid;
    private long nanos;
    private Instant answeredAt = Instant.EPOCH;

    AccessRecord(Message request) {
        opcode = request.opcode();
        int most = opcode == Opcode.WRITE ? WriteIn.DATA_OFFSET : COPIED_BYTES_MAX;
        int length = Math.min(request.length(), most);
        // Longs, as the fields of a message are aligned; one more for the end of a name that was cut.
        MemorySegment copy = MemorySegment.ofArray(new long[length / Long.BYTES + 2]);
        MemorySegment.copy(request.bytes(), 0, copy, 0, length);
        int ended = length < request.length() ? length + 1 : length;
        copy.set(JAVA_INT, 0, ended);
        message = new Message().over(copy, ended);
    }

    /** Adds the answer. */
    AccessRecord answered(int errorNumber, long dataBytes, long resultNode, long tookNanos) {
        error = errorNumber;
        bytes = dataBytes;
        nodeid = resultNode;
        nanos = tookNanos;
        answeredAt = Instant.now();
        return this;
    }

    /** The kind of request: {@link Opcode}. */
    public int opcode() {
        return opcode;
    }

    /** The error number of the answer; 0 for none. */
    public int error() {
        return error;
    }

    /** One line: {@code TIME [uid:UID,gid:GID,pid:PID] OPERATION (ARGUMENTS): RESULT <SECONDS>}. */
    public String text() {
        return TIME.format(ZonedDateTime.ofInstant(answeredAt, ZoneId.systemDefault()))
                + " [uid:" + Integer.toUnsignedString(message.uid()) + ",gid:"
                + Integer.toUnsignedString(message.gid()) + ",pid:" + message.pid() + "] "
                + Opcode.name(opcode).toLowerCase(Locale.ROOT) + " (" + arguments() + "): " + result()
                + String.format(Locale.ROOT, " <%.6f>\n", nanos / NANOS_PER_SECOND);
    }

    private String result() {
        if (error != 0) {
            return Errno.of(error).name();
        }
        return switch (opcode) {
            case Opcode.READ, Opcode.WRITE -> "OK " + bytes;
            case Opcode.LOOKUP,
                    Opcode.CREATE,
                    Opcode.MKNOD,
                    Opcode.MKDIR,
                    Opcode.SYMLINK,
                    Opcode.LINK,
                    Opcode.TMPFILE -> nodeid == 0 ? "ENOENT" : "OK " + nodeid;
            default -> "OK";
        };
    }

    private String arguments() {
        long node = message.nodeid();
        try {
            String more =
                    switch (opcode) {
                        case Opcode.LOOKUP, Opcode.UNLINK, Opcode.RMDIR, Opcode.REMOVEXATTR -> name(0);
                        case Opcode.MKNOD, Opcode.CREATE -> name(16) + mode(opcode == Opcode.CREATE ? 4 : 0);
                        case Opcode.MKDIR -> name(8) + mode(0);
                        case Opcode.SYMLINK -> two(0);
                        case Opcode.LINK -> message.longAt(0) + "," + name(8);
                        case Opcode.RENAME -> message.longAt(0) + "," + two(8);
                        case Opcode.RENAME2 -> message.longAt(0) + "," + two(16) + ",flags=" + message.intAt(8);
                        case Opcode.OPEN, Opcode.OPENDIR -> "flags=0" + Integer.toOctalString(message.intAt(0));
                        case Opcode.READ, Opcode.WRITE, Opcode.READDIR, Opcode.READDIRPLUS ->
                            "fh=" + message.longAt(0) + ",offset=" + message.longAt(8) + ",size=" + message.intAt(16);
                        case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.FLUSH, Opcode.FSYNC, Opcode.FSYNCDIR ->
                            "fh=" + message.longAt(0);
                        case Opcode.SETATTR -> changes();
                        case Opcode.GETXATTR -> name(8);
                        case Opcode.FALLOCATE ->
                            "fh=" + message.longAt(0) + ",offset=" + message.longAt(8) + ",length=" + message.longAt(16)
                                    + ",mode=" + message.intAt(24);
                        case Opcode.LSEEK ->
                            "fh=" + message.longAt(0) + ",offset=" + message.longAt(8) + ",whence=" + message.intAt(16);
                        case Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW ->
                            "fh=" + message.longAt(0) + ",start=" + message.longAt(16) + ",end=" + message.longAt(24)
                                    + ",type=" + message.intAt(32);
                        default -> "";
                    };
            return more.isEmpty() ? String.valueOf(node) : node + "," + more;
        } catch (MalformedRequestException | IndexOutOfBoundsException e) {
            return node + ",…";
        }
    }

    private String changes() {
        StringBuilder text = new StringBuilder();
        int valid = message.intAt(0);
        if ((valid & Fuse.FATTR_MODE) != 0) {
            text.append(",mode=0")
                    .append(Integer.toOctalString(message.setAttr().mode() & 07777));
        }
        if ((valid & Fuse.FATTR_UID) != 0) {
            text.append(",uid=")
                    .append(Integer.toUnsignedString(message.setAttr().uid()));
        }
        if ((valid & Fuse.FATTR_GID) != 0) {
            text.append(",gid=")
                    .append(Integer.toUnsignedString(message.setAttr().gid()));
        }
        if ((valid & Fuse.FATTR_SIZE) != 0) {
            text.append(",size=").append(message.setAttr().size());
        }
        if ((valid & (Fuse.FATTR_ATIME | Fuse.FATTR_ATIME_NOW)) != 0) {
            text.append(",atime");
        }
        if ((valid & (Fuse.FATTR_MTIME | Fuse.FATTR_MTIME_NOW)) != 0) {
            text.append(",mtime");
        }
        return text.isEmpty() ? "" : text.substring(1);
    }

    private String mode(int offset) {
        return ",mode=0" + Integer.toOctalString(message.intAt(offset) & 07777);
    }

    private String name(int offset) {
        return quoted(message.nameAt(offset));
    }

    private String two(int offset) {
        byte[] first = message.nameAt(offset);
        return quoted(first) + "," + name(offset + first.length + 1);
    }

    /** In quotes, on one line whatever the name is. */
    private static String quoted(byte[] name) {
        StringBuilder text = new StringBuilder("\"");
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
            decoded.chars().forEach(c -> {
                if (c < ' ' || c == 0x7f) {
                    text.append(String.format(Locale.ROOT, "\\x%02x", c));
                } else {
                    text.append(c == '"' || c == '\\' ? "\\" : "").append((char) c);
                }
            });
        } catch (CharacterCodingException e) {
            for (byte b : name) {
                text.append(b > ' ' && b != '"' && b != '\\' ? String.valueOf((char) b) : "\\x%02x".formatted(b));
            }
        }
        return text.append('"').toString();
    }
}

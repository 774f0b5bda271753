package dev.leat.fuse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Requests and replies as bytes, little-endian, as the kernel's structures lay them out. */
class WireTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Header of a request: opcode, number 0x1122334455667788, node 7, user 1000, group 100, process 4242. */
    private static String header(int length, int opcode, int extensionWords) {
        return int32(length) + int32(opcode) + "8877665544332211" + int64(7) + int32(1000) + int32(100) + int32(4242)
                + HEX.toHexDigits((byte) extensionWords) + "000000";
    }

    private static String int32(int value) {
        return HEX.toHexDigits(Integer.reverseBytes(value));
    }

    private static String int64(long value) {
        return HEX.toHexDigits(Long.reverseBytes(value));
    }

    private static String text(String value) {
        return HEX.formatHex(value.getBytes(UTF_8));
    }

    private static Message request(int opcode, String body) {
        return request(opcode, body, 0);
    }

    private static Message request(int opcode, String body, int extensionWords) {
        int length = Fuse.IN_HEADER_BYTES + body.length() / 2;
        return new Message().over(segment(header(length, opcode, extensionWords) + body), length);
    }

    private static MemorySegment segment(String hex) {
        byte[] bytes = HEX.parseHex(hex);
        MemorySegment segment = Arena.ofAuto().allocate(bytes.length + 8192L, 8);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    private static String written(int bytes, Consumer<MemorySegment> encoder) {
        MemorySegment segment = Arena.ofAuto().allocate(4096, 8).fill((byte) 0xee);
        encoder.accept(segment);
        return HEX.formatHex(segment.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void headerAndName() {
        Message lookup = request(Opcode.LOOKUP, text("file name") + "00");
        assertThat(lookup.opcode()).isEqualTo(Opcode.LOOKUP);
        assertThat(lookup.unique()).isEqualTo(0x1122334455667788L);
        assertThat(lookup.nodeid()).isEqualTo(7);
        assertThat(List.of(lookup.uid(), lookup.gid(), lookup.pid())).containsExactly(1000, 100, 4242);
        assertThat(lookup.nameAt(0)).isEqualTo("file name".getBytes(UTF_8));
        assertThat(lookup.extensionGroups()).isEmpty();
        assertThat(Opcode.name(53)).isEqualTo("COPY_FILE_RANGE_64");
        assertThat(Opcode.name(4096)).isEqualTo("?");
    }

    @Test
    void readAndWrite() {
        String arguments =
                int64(9) + int64(0x123456789aL) + int32(3) + int32(Fuse.LOCKOWNER) + int64(77) + int32(2) + int32(0);
        Message read = request(Opcode.READ, arguments);
        ReadIn in = new ReadIn().over(read.bytes(), read.length());
        assertThat(in.fh()).isEqualTo(9);
        assertThat(in.offset()).isEqualTo(0x123456789aL);
        assertThat(in.size()).isEqualTo(3);
        assertThat(in.lockOwner()).isEqualTo(77);
        assertThat(in.flags()).isEqualTo(2);
        Message write = request(Opcode.WRITE, arguments + text("abc"));
        WriteIn data = new WriteIn().over(write.bytes(), write.length());
        assertThat(data.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo("abc".getBytes(UTF_8));
        assertThat(data.offset()).isEqualTo(0x123456789aL);
        Message cut = request(Opcode.WRITE, arguments + text("ab"));
        assertThatThrownBy(() -> new WriteIn().over(cut.bytes(), cut.length()))
                .isInstanceOf(MalformedRequestException.class);
    }

    @Test
    void setattrLocksAndExtensions() {
        SetAttrIn set = request(
                        Opcode.SETATTR,
                        int32(Fuse.FATTR_MODE | Fuse.FATTR_MTIME)
                                + int32(0)
                                + int64(1)
                                + int64(2)
                                + int64(3)
                                + int64(4)
                                + int64(5)
                                + int64(6)
                                + int32(7)
                                + int32(8)
                                + int32(9)
                                + int32(0644)
                                + int32(0)
                                + int32(10)
                                + int32(11)
                                + int32(0))
                .setAttr();
        assertThat(set).isEqualTo(new SetAttrIn(0x21, 1, 2, 3, 4, 7, 5, 8, 6, 9, 0644, 10, 11));
        assertThat(set.has(Fuse.FATTR_MODE)).isTrue();
        assertThat(set.has(Fuse.FATTR_SIZE)).isFalse();
        LockIn lock = request(
                        Opcode.SETLKW,
                        int64(5)
                                + int64(6)
                                + int64(10)
                                + int64(19)
                                + int32(Fuse.F_WRLCK)
                                + int32(33)
                                + int32(1)
                                + int32(0))
                .lock(true);
        assertThat(lock).isEqualTo(new LockIn(5, 6, new LockRange(10, 19, Fuse.F_WRLCK, 33), true, true));
        Message mkdir = request(
                Opcode.MKDIR,
                int32(0755) + int32(022) + text("d") + "00" + int32(16) + int32(Fuse.EXT_GROUPS) + int32(1) + int32(50),
                2);
        assertThat(mkdir.nameAt(8)).isEqualTo("d".getBytes(UTF_8));
        assertThat(mkdir.extensionGroups()).containsExactly(50);
    }

    @Test
    void replies() {
        Attr attr = new Attr(2, 3, 4, 5, 6, 7, 8, 9, 10, 0100644, 1, 1000, 100, 0x103, 4096);
        String attributes = int64(2)
                + int64(3)
                + int64(4)
                + int64(5)
                + int64(7)
                + int64(9)
                + int32(6)
                + int32(8)
                + int32(10)
                + int32(0100644)
                + int32(1)
                + int32(1000)
                + int32(100)
                + int32(0x103)
                + int32(4096)
                + int32(0);
        assertThat(written(16, to -> Encode.header(to, 0, 16, -2, 5))).isEqualTo(int32(16) + int32(-2) + int64(5));
        EntryOut entry = new EntryOut(2, 1, 1_500_000_000L, 2_000_000_001L, attr);
        assertThat(written(128, to -> assertThat(Encode.entry(to, 0, entry)).isEqualTo(128)))
                .isEqualTo(int64(2) + int64(1) + int64(1) + int64(2) + int32(500_000_000) + int32(1) + attributes);
        assertThat(written(128, to -> Encode.entry(to, 0, EntryOut.negative(1_000_000_000L))))
                .isEqualTo(int64(0) + int64(0) + int64(1) + "00".repeat(104));
        assertThat(written(
                        104,
                        to -> assertThat(Encode.attrOut(to, 0, new AttrOut(attr, 3_000_000_000L)))
                                .isEqualTo(104)))
                .isEqualTo(int64(3) + int64(0) + attributes);
        assertThat(written(16, to -> Encode.open(to, 0, new OpenOut(8, Fuse.FOPEN_PASSTHROUGH, 3))))
                .isEqualTo(int64(8) + int32(128) + int32(3));
        assertThat(written(80, to -> Encode.statfs(to, 0, new StatfsOut(1, 2, 3, 4, 5, 6, 7, 8))))
                .isEqualTo(int64(1)
                        + int64(2)
                        + int64(3)
                        + int64(4)
                        + int64(5)
                        + int32(6)
                        + int32(7)
                        + int32(8)
                        + "00".repeat(28));
        assertThat(written(24, to -> Encode.lock(to, 0, new LockRange(1, 2, 1, 3))))
                .isEqualTo(int64(1) + int64(2) + int32(1) + int32(3));
        String statx = written(288, to -> Encode.statx(to, 0, new StatxOut(attr, 0xfff, 0, 0, 11, 12, 0)));
        assertThat(statx).contains(int64(11) + int32(12)).contains(int32(1) + int32(3) + int64(0));
    }

    @Test
    void directoryEntriesFillTheSizeAndNoMore() {
        MemorySegment memory = Arena.ofAuto().allocate(4096, 8).fill((byte) 0xee);
        DirectoryBuffer out = new DirectoryBuffer(memory, 64, false);
        assertThat(out.add("abcdefghi".getBytes(UTF_8), 5, 1, 0100644)).isTrue();
        assertThat(out.used()).isEqualTo(40);
        assertThat(out.add(new byte[] {'x'}, 6, 2, 0040000))
                .as("32 bytes do not fit in 24")
                .isFalse();
        assertThat(HEX.formatHex(memory.asSlice(0, 40).toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo(int64(5) + int64(1) + int32(9) + int32(8) + text("abcdefghi") + "00".repeat(7));
        DirectoryBuffer plus = new DirectoryBuffer(memory, 160, true);
        assertThat(plus.add(new byte[] {'.'}, 1, 1, 0040000)).isTrue();
        assertThat(plus.used()).isEqualTo(160);
        assertThat(memory.asSlice(0, 128).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void arbitraryBytesNeverReachPastTheRequest() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(160)];
            random.nextBytes(bytes);
            MemorySegment segment = Arena.ofAuto().allocate(Math.max(8, bytes.length), 8);
            MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
            if (bytes.length >= Fuse.IN_HEADER_BYTES) {
                segment.set(ValueLayout.JAVA_INT, 0, bytes.length);
            }
            try {
                decodeAll(new Message().over(segment, bytes.length));
            } catch (MalformedRequestException expected) {
                assertThat(expected.getMessage()).as("seed " + seed).isNotEmpty();
            }
        }
    }

    private static void decodeAll(Message message) {
        switch (message.uid() & 7) {
            case 0 -> message.nameAt(Math.floorMod(message.gid(), 64));
            case 1 -> message.setAttr();
            case 2 -> message.ioctl();
            case 3 -> message.lock(true);
            case 4 -> message.copyRange();
            case 5 -> message.extensionGroups();
            case 6 -> new WriteIn().over(message.bytes(), message.length());
            default -> message.bytesAt(8, message.intAt(0));
        }
    }
}

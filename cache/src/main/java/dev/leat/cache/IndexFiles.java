package dev.leat.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a directory remembers across restarts, beside the data and never inside it: the header and one record of 256
 * bytes per slot ({@code index}), the pages' checksums ({@code checksums}, 4 KiB per slot), and which blobs lie in a
 * shared group ({@code members}, 32 bytes each). Numbers are little-endian, as memory is on every machine supported.
 *
 * <p>A record carries its own checksum, and a member is bound to the generation of its slot, so a torn or stale one is
 * ignored. Records are written only after the data they speak of was synced; a record that gives a unit up is written
 * before its space is used again.
 */
final class IndexFiles implements AutoCloseable {
    static final int RECORD_BYTES = 256;
    static final int MEMBER_BYTES = 32;
    static final int KIND_FREE = 0;
    static final int KIND_OWN = 1;
    static final int KIND_SHARED = 2;
    static final int KIND_FREE_SPACE = 3;

    /**
     * Stands for the boot id while pages of an earlier boot wait to be checked: no boot has it, so that a process killed
     * before it checked them all does not make the rest trusted.
     */
    static final String UNCHECKED = "unchecked";

    private static final int HEADER_BYTES = 4096;
    private static final long MAGIC = 0x3158444954414c4cL;
    private static final int VERSION = 1;
    private static final int BOOT_AT = 32;
    private static final int BOOT_BYTES = 64;
    private static final int VOLUME_AT = 128;
    private static final int VOLUME_BYTES = 512;
    private static final int HEADER_CRC_AT = HEADER_BYTES - 4;
    private static final int RECORD_CRC_AT = RECORD_BYTES - 4;
    private static final int BITS_AT = 64;
    static final int WORDS = Geometry.PAGES_MAX / 64;
    private static final int CHECKSUM_BYTES = Geometry.PAGES_MAX * 4;
    private static final long MEMBERS_STRIDE = (long) Geometry.PAGES_MAX * MEMBER_BYTES;

    private final FileHandle index;
    private final FileHandle checksums;
    private final FileHandle members;

    private IndexFiles(FileHandle index, FileHandle checksums, FileHandle members) {
        this.index = index;
        this.checksums = checksums;
        this.members = members;
    }

    /** Writes the record of a slot that belongs to nobody from this generation on. */
    void writeFree(int slot, int generation, int kind) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(RECORD_BYTES, 8);
            record.set(JAVA_INT, 0, kind);
            record.set(JAVA_INT, 4, generation);
            writeRecord(record, slot);
        }
    }

    /** How far what was found can be believed. */
    enum Trust {
        /** Closed in order, or the machine has not restarted since: as it was left. */
        GOOD,
        /** The machine went down with the cache open: every page is to be checked. */
        SUSPECT,
        /** Nothing there, another format or another volume: begin anew. */
        NONE
    }

    static IndexFiles open(Path folder) throws IOException {
        int flags = Open.RDWR | Open.CREAT;
        FileHandle index = FileHandle.open(folder.resolve("index"), flags, 0600);
        FileHandle checksums = FileHandle.open(folder.resolve("checksums"), flags, 0600);
        return new IndexFiles(index, checksums, FileHandle.open(folder.resolve("members"), flags, 0600));
    }

    /** Reads the header that the last owner left. */
    Trust trust(String volume, String bootId) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(HEADER_BYTES, 8);
            if (index.pread(header, 0) < HEADER_BYTES
                    || header.get(JAVA_LONG, 0) != MAGIC
                    || header.get(JAVA_INT, 8) != VERSION
                    || header.get(JAVA_INT, HEADER_CRC_AT) != Checksums.crc(header, 0, HEADER_CRC_AT)
                    || !text(header, VOLUME_AT, VOLUME_BYTES).equals(volume)) {
                return Trust.NONE;
            }
            boolean clean = header.get(JAVA_INT, 12) == 1;
            return clean || text(header, BOOT_AT, BOOT_BYTES).equals(bootId) ? Trust.GOOD : Trust.SUSPECT;
        }
    }

    /** Forgets all records. */
    void clear() throws IOException {
        index.truncate(0);
        checksums.truncate(0);
        members.truncate(0);
    }

    /** Says durably who has the directory, and whether it is closed in order. */
    void writeHeader(String volume, String bootId, boolean clean) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(HEADER_BYTES, 8);
            header.set(JAVA_LONG, 0, MAGIC);
            header.set(JAVA_INT, 8, VERSION);
            header.set(JAVA_INT, 12, clean ? 1 : 0);
            put(header, BOOT_AT, BOOT_BYTES, bootId);
            put(header, VOLUME_AT, VOLUME_BYTES, volume);
            header.set(JAVA_INT, HEADER_CRC_AT, Checksums.crc(header, 0, HEADER_CRC_AT));
            index.pwrite(header, 0);
            index.dataSync();
        }
    }

    private static void put(MemorySegment header, int at, int room, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= room) {
            throw new IllegalArgumentException("volume name of " + bytes.length + " bytes; at most " + (room - 1));
        }
        MemorySegment.copy(bytes, 0, header, JAVA_BYTE, at, bytes.length);
    }

    private static String text(MemorySegment header, int at, int room) {
        byte[] bytes = header.asSlice(at, room).toArray(JAVA_BYTE);
        int length = 0;
        while (length < room && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Number of slots that records exist for, slot 0 included. */
    int slots() throws IOException {
        return (int) Math.max(0, (index.size() - HEADER_BYTES) / RECORD_BYTES);
    }

    /** Writes a slot's record as the table has it, with {@code bits} for its pages. */
    void writeRecord(SlotTable slots, int slot, int kind, boolean pinned, long[] bits) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(RECORD_BYTES, 8);
            record.set(JAVA_INT, 0, kind);
            record.set(JAVA_INT, 4, slots.generation(slot));
            record.set(JAVA_LONG, 8, slots.session(slot));
            record.set(JAVA_LONG, 16, slots.sequence(slot));
            record.set(JAVA_INT, 24, slots.block(slot));
            record.set(JAVA_INT, 28, pinned ? 1 : 0);
            record.set(JAVA_LONG, 32, slots.blobBytes(slot));
            record.set(JAVA_INT, 40, slots.usedPages(slot));
            record.set(JAVA_INT, 44, slots.members(slot));
            for (int word = 0; word < WORDS; word++) {
                record.set(JAVA_LONG, BITS_AT + word * 8L, bits[word]);
            }
            writeRecord(record, slot);
        }
    }

    private void writeRecord(MemorySegment record, int slot) throws IOException {
        record.set(JAVA_INT, RECORD_CRC_AT, Checksums.crc(record, 0, RECORD_CRC_AT) ^ slot);
        index.pwrite(record, HEADER_BYTES + (long) slot * RECORD_BYTES);
    }

    /** Reads records {@code first} up to {@code first + count}; a missing one is all zeros. */
    MemorySegment readRecords(Arena arena, int first, int count) throws IOException {
        MemorySegment records = arena.allocate((long) count * RECORD_BYTES, 8);
        index.pread(records, HEADER_BYTES + (long) first * RECORD_BYTES);
        return records;
    }

    static boolean valid(MemorySegment records, int i, int slot) {
        long at = (long) i * RECORD_BYTES;
        return (records.get(JAVA_INT, at + RECORD_CRC_AT) ^ slot) == Checksums.crc(records, at, RECORD_CRC_AT);
    }

    static int kind(MemorySegment records, int i) {
        return records.get(JAVA_INT, (long) i * RECORD_BYTES);
    }

    static boolean pinned(MemorySegment records, int i) {
        return records.get(JAVA_INT, (long) i * RECORD_BYTES + 28) != 0;
    }

    /** Puts what a record says into the table. */
    static void load(MemorySegment records, int i, SlotTable slots, int slot) {
        long at = (long) i * RECORD_BYTES;
        slots.generation(slot, records.get(JAVA_INT, at + 4));
        slots.owner(
                slot,
                records.get(JAVA_LONG, at + 8),
                records.get(JAVA_LONG, at + 16),
                records.get(JAVA_INT, at + 24),
                records.get(JAVA_LONG, at + 32));
        slots.usedPages(slot, records.get(JAVA_INT, at + 40));
        slots.members(slot, records.get(JAVA_INT, at + 44));
        int present = 0;
        for (int word = 0; word < WORDS; word++) {
            long bits = records.get(JAVA_LONG, at + BITS_AT + word * 8L);
            slots.bits(slot, word, bits);
            present += Long.bitCount(bits);
        }
        slots.addPresentPages(slot, present);
    }

    void writeChecksums(int slot, int firstPage, int[] values) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            checksums.pwrite(arena.allocateFrom(JAVA_INT, values), (long) slot * CHECKSUM_BYTES + firstPage * 4L);
        }
    }

    int[] readChecksums(int slot, int firstPage, int count) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(count * 4L, 4);
            checksums.pread(values, (long) slot * CHECKSUM_BYTES + firstPage * 4L);
            return values.toArray(JAVA_INT);
        }
    }

    /**
     * Notes a blob in a shared group.
     *
     * @param bytes its size; 0 when it was forgotten
     */
    void writeMember(
            SlotTable slots,
            int slot,
            int member,
            long session,
            long sequence,
            int firstPage,
            int bytes,
            boolean pinned)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(MEMBER_BYTES, 8);
            entry.set(JAVA_LONG, 0, session);
            entry.set(JAVA_LONG, 8, sequence);
            entry.set(JAVA_INT, 16, firstPage);
            entry.set(JAVA_INT, 20, bytes);
            entry.set(JAVA_INT, 24, pinned ? 1 : 0);
            entry.set(JAVA_INT, 28, memberCrc(entry, 0, slot, slots.generation(slot)));
            members.pwrite(entry, slot * MEMBERS_STRIDE + (long) member * MEMBER_BYTES);
        }
    }

    private static int memberCrc(MemorySegment entries, long at, int slot, int generation) {
        return Checksums.crc(entries, at, 28) ^ Checksums.binding(slot, generation, 0);
    }

    /** The members of a group that are still valid, in order. */
    void eachMember(SlotTable slots, int slot, MemberVisitor visitor) throws IOException {
        int count = slots.members(slot);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries = arena.allocate(Math.max(1, (long) count * MEMBER_BYTES), 8);
            members.pread(entries, slot * MEMBERS_STRIDE);
            for (int i = 0; i < count; i++) {
                long at = (long) i * MEMBER_BYTES;
                int bytes = entries.get(JAVA_INT, at + 20);
                int crc = memberCrc(entries, at, slot, slots.generation(slot));
                if (bytes > 0 && entries.get(JAVA_INT, at + 28) == crc) {
                    visitor.member(new Member(
                            i,
                            entries.get(JAVA_LONG, at),
                            entries.get(JAVA_LONG, at + 8),
                            entries.get(JAVA_INT, at + 16),
                            bytes,
                            entries.get(JAVA_INT, at + 24) != 0));
                }
            }
        }
    }

    /** One blob of a shared group: its number there, its id, where it begins and how long it is. */
    record Member(int number, long session, long sequence, int firstPage, int bytes, boolean pinned) {}

    /** Sees the blobs of a shared group. */
    interface MemberVisitor {
        void member(Member member);
    }

    /** Makes checksums and members durable; to be followed by the records that rely on them. */
    void syncSides() throws IOException {
        checksums.dataSync();
        members.dataSync();
    }

    void syncRecords() throws IOException {
        index.dataSync();
    }

    @Override
    public void close() throws IOException {
        index.close();
        checksums.close();
        members.close();
    }
}

package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A POSIX access control list, in the form in which the kernel passes it in {@code system.posix_acl_*} attributes: a version (u32), then
 * tag, permissions (u16 each) and id (u32) of each entry, little-endian.
 *
 * @param entries in the kernel's order: owner, users, group, groups, mask, others
 */
record PosixAcl(List<Entry> entries) {
    private static final int VERSION = 2;
    private static final int HEADER_BYTES = 4;
    private static final int ENTRY_BYTES = 8;
    private static final int OWNER = 0x01;
    private static final int USER = 0x02;
    private static final int OWNING_GROUP = 0x04;
    private static final int GROUP = 0x08;
    private static final int MASK = 0x10;
    private static final int OTHERS = 0x20;

    /** One line of it; {@code id} is -1 where there is none. */
    record Entry(int tag, int permissions, int id) {
        Entry with(int newPermissions) {
            return new Entry(tag, newPermissions, id);
        }
    }

    /** Reads a list and checks that it is one: EINVAL otherwise. */
    static PosixAcl parse(Bytes bytes) throws FsException {
        ByteBuffer in = ByteBuffer.wrap(bytes.unsafeArray()).order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || (in.remaining() - HEADER_BYTES) % ENTRY_BYTES != 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (in.getInt() != VERSION) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        List<Entry> entries = new ArrayList<>();
        while (in.hasRemaining()) {
            int tag = in.getShort() & 0xffff;
            int permissions = in.getShort() & 0xffff;
            entries.add(new Entry(tag, permissions, in.getInt()));
        }
        PosixAcl acl = new PosixAcl(List.copyOf(entries));
        if (!entries.isEmpty() && !acl.isValid()) {
            throw new FsException(Errno.EINVAL);
        }
        return acl;
    }

    /** As an attribute's value. */
    Bytes toBytes() {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + ENTRY_BYTES * entries.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(VERSION);
        for (Entry entry : entries) {
            out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
        }
        return Bytes.wrap(out.array());
    }

    /** Whether it says no more than nine permission bits do. */
    boolean isMinimal() {
        return entries.stream().noneMatch(entry -> entry.tag == USER || entry.tag == GROUP || entry.tag == MASK);
    }

    /** The nine permission bits that it stands for: the mask's, where there is one, are the group's. */
    int permissions() {
        int owner = 0;
        int group = 0;
        int others = 0;
        int mask = -1;
        for (Entry entry : entries) {
            switch (entry.tag) {
                case OWNER -> owner = entry.permissions;
                case OWNING_GROUP -> group = entry.permissions;
                case MASK -> mask = entry.permissions;
                case OTHERS -> others = entry.permissions;
                default -> {
                    // Named users and groups are not in the nine bits.
                }
            }
        }
        return (owner << 6) | ((mask >= 0 ? mask : group) << 3) | others;
    }

    /** After {@code chmod}: the nine bits become the owner's, the mask's (or else the group's) and the others' permissions. */
    PosixAcl chmod(int mode) {
        return map(mode, false);
    }

    /** What a new inode of this mode inherits from a directory with this default list: no more than the mode asks for. */
    PosixAcl inherit(int mode) {
        return map(mode, true);
    }

    private PosixAcl map(int mode, boolean and) {
        boolean masked = entries.stream().anyMatch(entry -> entry.tag == MASK);
        List<Entry> changed = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            int bits =
                    switch (entry.tag) {
                        case OWNER -> (mode >> 6) & 7;
                        case OWNING_GROUP -> masked ? -1 : (mode >> 3) & 7;
                        case MASK -> (mode >> 3) & 7;
                        case OTHERS -> mode & 7;
                        default -> -1;
                    };
            changed.add(bits < 0 ? entry : entry.with(and ? entry.permissions & bits : bits));
        }
        return new PosixAcl(List.copyOf(changed));
    }

    /** The rules of acl_valid(3): one owner, owning group and others; a mask where there are named ones; no name twice; in order. */
    private boolean isValid() {
        int[] count = new int[OTHERS + 1];
        int last = 0;
        @Nullable Entry before = null;
        for (Entry entry : entries) {
            boolean known = entry.tag > 0 && entry.tag <= OTHERS && Integer.bitCount(entry.tag) == 1;
            if (!known || entry.tag < last || (entry.permissions & ~7) != 0) {
                return false;
            }
            boolean named = entry.tag == USER || entry.tag == GROUP;
            if (named && entry.id == -1) {
                return false;
            }
            if (named && before != null && before.tag == entry.tag && before.id == entry.id) {
                return false;
            }
            count[entry.tag]++;
            last = entry.tag;
            before = entry;
        }
        boolean anyNamed = count[USER] + count[GROUP] > 0;
        return count[OWNER] == 1
                && count[OWNING_GROUP] == 1
                && count[OTHERS] == 1
                && count[MASK] <= 1
                && (!anyNamed || count[MASK] == 1);
    }
}

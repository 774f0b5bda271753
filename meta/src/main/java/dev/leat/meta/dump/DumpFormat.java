package dev.leat.meta.dump;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.record.Keys;

/**
 * The bytes of a dump: a magic number and a version, then a gzip stream of
 *
 * <pre>
 * u32 length, the volume's record
 * u8 1, u16 length, partition, u16 length, name, u32 length, value     an entry
 * u8 2, u16 length, partition, u16 length, name                        an entry that is gone again
 * u8 0, i64 number of entries, u32 CRC32C of all of it up to here      the end
 * </pre>
 *
 * Numbers are big-endian. A key may come several times; the last one holds.
 */
final class DumpFormat {
    /** {@code LEATDUMP}. */
    static final long MAGIC = 0x4C45415444554D50L;

    static final int VERSION = 1;

    static final int END = 0;
    static final int PUT = 1;
    static final int DELETE = 2;

    /** Longest value: what one commit can write. */
    static final int VALUE_BYTES_MAX = Commit.VALUES_BYTES_MAX;

    private DumpFormat() {}

    /**
     * Whether a key belongs into a dump. Sessions, what they hold and lock, and whose turn it is end with the volume that was dumped; the
     * numbers that sessions ever took stay, since inode numbers are made from them. The volume's record stands in front.
     */
    static boolean carries(Key key) {
        if (key.partition().equals(Keys.SESSIONS)) {
            return Keys.isNumberTaken(key);
        }
        return !key.equals(Keys.VOLUME_RECORD) && !Keys.isLocks(key) && !Keys.isHold(key) && !Keys.isTurn(key);
    }

    static MetaException damaged(String what) {
        return new MetaException(Kind.CORRUPT, "the dump is damaged: " + what + "; take another one");
    }
}

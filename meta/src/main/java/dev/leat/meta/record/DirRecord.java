package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.MetaFs;
import org.jspecify.annotations.Nullable;

/**
 * The static part of a directory: what its stamp vouches for when something is made in it. Its times are the last ones that were
 * <em>set</em>; those that operations leave behind are in the {@link DirCell cells}, and the later of both holds.
 *
 * @param attributes mode, owner, times, access ACL, extended attributes
 * @param defaultAcl what new entries inherit, in the kernel's xattr form; null for none
 * @param quotaRoot the nearest directory at or above this one that has a quota, 0 for none; of a removed one {@link MetaFs#TRASH}
 */
public record DirRecord(Attributes attributes, @Nullable Bytes defaultAcl, long quotaRoot) {
    private static final int VERSION = 1;

    /** With other attributes. */
    public DirRecord with(Attributes newAttributes) {
        return new DirRecord(newAttributes, defaultAcl, quotaRoot);
    }

    /** Whether it was removed and lies in the trash: then nothing can be made in it. */
    public boolean inTrash() {
        return quotaRoot == MetaFs.TRASH;
    }

    /** With another default ACL, or none. */
    public DirRecord withDefaultAcl(@Nullable Bytes acl) {
        return new DirRecord(attributes, acl, quotaRoot);
    }

    /** With another quota root. */
    public DirRecord withQuotaRoot(long root) {
        return new DirRecord(attributes, defaultAcl, root);
    }

    /** As a value. */
    public byte[] encode() {
        RecordWriter out = new RecordWriter(VERSION);
        attributes.write(out);
        return out.optional(defaultAcl).number(quotaRoot).toBytes();
    }

    /** The record in a value. */
    public static DirRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read(
                "directory record",
                bytes,
                VERSION,
                in -> new DirRecord(Attributes.read(in), in.optional(), in.number()));
    }
}

package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.Time;
import org.jspecify.annotations.Nullable;

/**
 * Everything about an inode that is no directory. It lies inside its only name's {@link EntryRecord}, or at {@link Keys#inodeRef} when it has
 * (or ever had) several names, or none.
 *
 * @param type what it is
 * @param attributes mode, owner, times, ACL, extended attributes
 * @param nlink number of names, or {@link #IN_TRASH}
 * @param rdev device number of a device file
 * @param sizeBytes length; of a symbolic link its target's
 * @param allocatedBytes bytes that are not holes
 * @param target a symbolic link's target, else null
 * @param layout where a regular file's bytes are
 * @param version which content that is
 */
public record FileRecord(
        FileType type,
        Attributes attributes,
        int nlink,
        int rdev,
        long sizeBytes,
        long allocatedBytes,
        @Nullable Bytes target,
        Layout layout,
        ContentVersion version) {
    /** In place of a number of names: there is none but the one in the trash. */
    public static final int IN_TRASH = -1;

    /** The first one of records that know their content's version. */
    static final int VERSION = 2;

    /** With other attributes. */
    public FileRecord with(Attributes newAttributes) {
        return new FileRecord(type, newAttributes, nlink, rdev, sizeBytes, allocatedBytes, target, layout, version);
    }

    /** With another number of names. */
    public FileRecord withNlink(int newNlink) {
        return new FileRecord(type, attributes, newNlink, rdev, sizeBytes, allocatedBytes, target, layout, version);
    }

    /** With other content. */
    public FileRecord withContent(long newSizeBytes, long newAllocatedBytes, Layout newLayout) {
        return new FileRecord(
                type, attributes, nlink, rdev, newSizeBytes, newAllocatedBytes, target, newLayout, version);
    }

    /** After a change of content by a session. */
    public FileRecord changedBy(long session) {
        return new FileRecord(
                type, attributes, nlink, rdev, sizeBytes, allocatedBytes, target, layout, version.next(session));
    }

    /** Whether it was removed and lies in the trash. */
    public boolean inTrash() {
        return nlink == IN_TRASH;
    }

    /** With another change time. */
    public FileRecord withCtime(Time ctime) {
        return with(attributes.withCtime(ctime));
    }

    /** As {@code stat} shows it. */
    public Attr attr(long ino) {
        return new Attr(
                ino,
                type,
                attributes.mode(),
                Math.max(0, nlink),
                attributes.uid(),
                attributes.gid(),
                rdev,
                sizeBytes,
                allocatedBytes,
                attributes.atime(),
                attributes.mtime(),
                attributes.ctime());
    }

    /** As a value. */
    public byte[] encode() {
        RecordWriter out = new RecordWriter(VERSION);
        write(out);
        return out.toBytes();
    }

    /** The record in a value. */
    public static FileRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("file record", bytes, VERSION, FileRecord::read);
    }

    void write(RecordWriter out) {
        out.u8(type.dirType());
        attributes.write(out);
        out.number(nlink).u32(rdev).number(sizeBytes).number(allocatedBytes).optional(target);
        Layout.write(layout, out);
        out.fixed(version.session()).number(version.number());
    }

    static FileRecord read(RecordReader in) {
        return new FileRecord(
                type(in.u8()),
                Attributes.read(in),
                (int) in.number(),
                in.u32(),
                in.number(),
                in.number(),
                in.optional(),
                Layout.read(in),
                in.version() < 2 ? ContentVersion.NEW : new ContentVersion(in.fixed(), in.number()));
    }

    /** The type with a {@code DT_*} number. */
    static FileType type(int dirType) {
        return FileType.ofMode(dirType << 12);
    }
}

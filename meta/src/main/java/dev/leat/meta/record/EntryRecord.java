package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.FileType;

/** What a name in a directory leads to. */
public sealed interface EntryRecord {
    /** The inode. */
    long ino();

    /** What the inode is. */
    FileType type();

    /** A directory; what it is like is in its own partition. */
    record Directory(long ino) implements EntryRecord {
        @Override
        public FileType type() {
            return FileType.DIRECTORY;
        }
    }

    /** The only name of an inode, with its whole record. */
    record Embedded(long ino, FileRecord file) implements EntryRecord {
        @Override
        public FileType type() {
            return file.type();
        }
    }

    /** One name of an inode that has or had several; the record is at {@link Keys#inodeRef}. */
    record Hard(long ino, FileType type) implements EntryRecord {}

    /** As a value. */
    default byte[] encode() {
        RecordWriter out = new RecordWriter(FileRecord.VERSION);
        switch (this) {
            case Directory(long ino) -> out.u8(1).number(ino);
            case Embedded(long ino, FileRecord file) -> file.write(out.u8(2).number(ino));
            case Hard(long ino, FileType type) -> out.u8(3).number(ino).u8(type.dirType());
        }
        return out.toBytes();
    }

    /** The record in a value. */
    static EntryRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("directory entry", bytes, FileRecord.VERSION, in -> {
            int kind = in.u8();
            long ino = in.number();
            return switch (kind) {
                case 1 -> new Directory(ino);
                case 2 -> new Embedded(ino, FileRecord.read(in));
                case 3 -> new Hard(ino, FileRecord.type(in.u8()));
                default -> throw new IllegalArgumentException("no entry is of kind " + kind);
            };
        });
    }
}

package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Name;

/** Where the record of an inode that is no directory is. */
public sealed interface InodeRef {

    /** Inside the entry of its only name. */
    record At(long parent, Name name) implements InodeRef {}

    /** Here: it has, or had, other than one name. */
    record Full(FileRecord file) implements InodeRef {}

    /** As a value. */
    default byte[] encode() {
        RecordWriter out = new RecordWriter(FileRecord.VERSION);
        switch (this) {
            case At(long parent, Name name) -> out.u8(1).number(parent).bytes(name.bytes());
            case Full(FileRecord file) -> file.write(out.u8(2));
        }
        return out.toBytes();
    }

    /** The record in a value. */
    static InodeRef decode(byte[] bytes) throws MetaException {
        return RecordReader.read("inode", bytes, FileRecord.VERSION, in -> {
            int kind = in.u8();
            return switch (kind) {
                case 1 -> new At(in.number(), new Name(in.bytes()));
                case 2 -> new Full(FileRecord.read(in));
                default -> throw new IllegalArgumentException("no inode is of kind " + kind);
            };
        });
    }
}

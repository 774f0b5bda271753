package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Name;
import org.jspecify.annotations.Nullable;

/**
 * Where a directory hangs.
 *
 * @param parent the directory above; the root's is itself, a detached one's 0
 * @param name the directory's name there; null for the root or a detached one
 */
public record DirParent(long parent, @Nullable Name name) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION)
                .number(parent)
                .optional(name == null ? null : name.bytes())
                .toBytes();
    }

    /** The record in a value. */
    public static DirParent decode(byte[] bytes) throws MetaException {
        return RecordReader.read("directory's parent", bytes, VERSION, in -> {
            long parent = in.number();
            Bytes name = in.optional();
            return new DirParent(parent, name == null ? null : new Name(name));
        });
    }
}

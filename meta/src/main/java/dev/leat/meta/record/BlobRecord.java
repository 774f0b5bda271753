package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;

/**
 * What is known about a blob. While it is at {@link Keys#blob} files may refer to it; when its live bytes are 0 it moves to {@link
 * Keys#doomedBlob} in one commit, and its object is deleted later.
 *
 * @param sizeBytes length of its object
 */
public record BlobRecord(long sizeBytes) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION).number(sizeBytes).toBytes();
    }

    /** The record in a value. */
    public static BlobRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("blob record", bytes, VERSION, in -> new BlobRecord(in.number()));
    }
}

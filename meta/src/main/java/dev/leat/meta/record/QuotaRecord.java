package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;

/**
 * A limit on what a directory tree, or the volume, uses.
 *
 * @param parent the next directory above that has a quota too, 0 for the volume
 * @param bytesMax most bytes, 0 for no limit
 * @param inodesMax most inodes below the directory, 0 for no limit
 */
public record QuotaRecord(long parent, long bytesMax, long inodesMax) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION)
                .number(parent)
                .number(bytesMax)
                .number(inodesMax)
                .toBytes();
    }

    /** The record in a value. */
    public static QuotaRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("quota", bytes, VERSION, in -> new QuotaRecord(in.number(), in.number(), in.number()));
    }
}

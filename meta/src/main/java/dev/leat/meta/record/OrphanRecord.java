package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Time;

/**
 * An inode whose last name is gone; it is reaped when nobody has it open any more.
 *
 * @param since when, by the clock of whoever unlinked it; for people only
 */
public record OrphanRecord(Time since) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION).time(since).toBytes();
    }

    /** The record in a value. */
    public static OrphanRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("orphan", bytes, VERSION, in -> new OrphanRecord(in.time()));
    }
}

package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Time;

/**
 * A client of the volume.
 *
 * @param number short number, never taken twice: the upper half of the inode numbers it makes
 * @param id 64 random bits: in its stamps and in the names of the blobs it writes
 * @param host where it runs
 * @param pid its process there
 * @param version of Leat
 * @param mountPoint where it is mounted, or what else it is
 * @param slots how many slots it has
 * @param started when, by its own clock; for people only
 */
public record SessionRecord(
        int number, long id, String host, long pid, String version, String mountPoint, int slots, Time started) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION)
                .u32(number)
                .fixed(id)
                .text(host)
                .number(pid)
                .text(version)
                .text(mountPoint)
                .number(slots)
                .time(started)
                .toBytes();
    }

    /** The record in a value. */
    public static SessionRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read(
                "session",
                bytes,
                VERSION,
                in -> new SessionRecord(
                        in.u32(),
                        in.fixed(),
                        in.text(),
                        in.number(),
                        in.text(),
                        in.text(),
                        (int) in.number(),
                        in.time()));
    }
}

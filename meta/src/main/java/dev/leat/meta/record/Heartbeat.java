package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import java.time.Duration;

/**
 * What a session writes again and again: whoever sees the same one for a whole lease by its own watch may declare the session dead.
 *
 * @param count how many there were
 * @param lease how long the session asks to be trusted without a new one
 * @param lowWaterSequence blobs of this session with a lower sequence are no longer in the making: what references none is garbage
 */
public record Heartbeat(long count, Duration lease, long lowWaterSequence) {
    private static final int VERSION = 1;

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION)
                .number(count)
                .number(lease.toMillis())
                .number(lowWaterSequence)
                .toBytes();
    }

    /** The record in a value. */
    public static Heartbeat decode(byte[] bytes) throws MetaException {
        return RecordReader.read(
                "heartbeat",
                bytes,
                VERSION,
                in -> new Heartbeat(in.number(), Duration.ofMillis(in.number()), in.number()));
    }
}

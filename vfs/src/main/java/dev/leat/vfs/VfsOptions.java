package dev.leat.vfs;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a mount treats open files.
 *
 * @param workDirectory where bytes lie between a write and their publication; local disk
 * @param closePolicy whether close waits for publication
 * @param stagedDelay longest time a staged close waits for company before it is published
 * @param packBytes a pack is sent when it holds this much, in bytes
 * @param uploads most uploads of packs or parts at the same time
 * @param readAheadBytes furthest that reading ahead runs before one sequential reader, in bytes
 * @param clock gives file times
 * @param journal for the daemon that goes on if this one is killed; null for none
 * @param local how what is acknowledged is kept on the work disk until it is in the store; null if nothing is acknowledged before it is there
 */
public record VfsOptions(
        Path workDirectory,
        ClosePolicy closePolicy,
        Duration stagedDelay,
        int packBytes,
        int uploads,
        long readAheadBytes,
        Clock clock,
        @Nullable Journal journal,
        @Nullable LocalOptions local) {

    /** What close means. */
    public enum ClosePolicy {
        /** Close returns when the bytes are in the store and the record is committed. */
        FLUSH,
        /** Close returns at once; publication follows within a second, at fsync, syncfs, flush or umount. */
        STAGED
    }

    /** The ordinary settings. */
    public static VfsOptions of(Path workDirectory, ClosePolicy closePolicy) {
        return new VfsOptions(
                workDirectory,
                closePolicy,
                Duration.ofMillis(400),
                16 << 20,
                8,
                32L << 20,
                Clock.systemUTC(),
                null,
                null);
    }

    /** With a journal, of which this mount is the owner from now on. */
    public VfsOptions withJournal(@Nullable Journal kept) {
        return new VfsOptions(
                workDirectory, closePolicy, stagedDelay, packBytes, uploads, readAheadBytes, clock, kept, local);
    }

    /** With what is acknowledged kept on the work disk, or with null in the store. */
    public VfsOptions withLocal(@Nullable LocalOptions kept) {
        return new VfsOptions(
                workDirectory, closePolicy, stagedDelay, packBytes, uploads, readAheadBytes, clock, journal, kept);
    }
}

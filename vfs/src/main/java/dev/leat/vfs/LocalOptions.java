package dev.leat.vfs;

import java.time.Duration;

/**
 * How a mount keeps what it acknowledges on its work disk until that is in the store. Every mount that can write goes on with what an earlier one has left there.
 *
 * @param acknowledges whether fsync returns when the work disk has the bytes; else only what is left there matters
 * @param session the session of the mount, as in the stamps of its commits
 * @param boot the run of this machine: another one after each start
 * @param unpublishedBytesMax most bytes that may wait for the store; whoever writes more waits
 * @param unpublishedAgeMax longest time that bytes may wait for the store; after it whoever writes waits
 * @param patience how long a write waits for room before it fails
 */
public record LocalOptions(
        boolean acknowledges,
        long session,
        long boot,
        long unpublishedBytesMax,
        Duration unpublishedAgeMax,
        Duration patience) {}

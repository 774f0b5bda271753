package dev.leat.meta.fs;

import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.SessionToken;
import dev.leat.store.ObjectStore;
import dev.leat.store.blob.BlobStore;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a volume is to be mounted.
 *
 * @param mountPoint where; shown to other clients
 * @param lease how long this client may be silent before the others declare it dead, at least 1 s
 * @param requestDeadline how long a call may wait for an unreachable engine before it ends with EIO
 * @param subdir the directory that becomes the root, like {@code a/b}; made if it is missing; null for the volume's own root
 * @param readOnly whether nothing is to be changed; then there is no session either
 * @param clock for file times
 * @param version of Leat, shown to other clients
 * @param onDeath told, once, why the session died, if it does
 * @param store where the volume's blobs are; null for a client that only works on names
 * @param remembers whether names and attributes are told from memory while the feed is fresh: then what others change is seen within 100 ms, as
 *     the kernel's own memory allows; without it, at once
 * @param resumes the session of a dead process to go on with, if it is not dead as well; null for one of its own
 */
public record MountSpec(
        String mountPoint,
        Duration lease,
        Duration requestDeadline,
        @Nullable String subdir,
        boolean readOnly,
        Clock clock,
        String version,
        Consumer<String> onDeath,
        @Nullable BlobStore store,
        boolean remembers,
        @Nullable SessionToken resumes) {

    /** The defaults: the whole volume, to be changed, with a lease of 60 s and a deadline of 30 s, remembering nothing. */
    public static MountSpec of(String mountPoint) {
        return new MountSpec(
                mountPoint,
                SessionSpec.LEASE_DEFAULT,
                SessionSpec.REQUEST_DEADLINE_DEFAULT,
                null,
                false,
                Clock.systemUTC(),
                "unknown",
                why -> {},
                null,
                false,
                null);
    }

    /** With another lease. */
    public MountSpec withLease(Duration newLease) {
        return new MountSpec(
                mountPoint,
                newLease,
                requestDeadline,
                subdir,
                readOnly,
                clock,
                version,
                onDeath,
                store,
                remembers,
                resumes);
    }

    /** With another deadline of requests. */
    public MountSpec withRequestDeadline(Duration newDeadline) {
        return new MountSpec(
                mountPoint, lease, newDeadline, subdir, readOnly, clock, version, onDeath, store, remembers, resumes);
    }

    /** With another root. */
    public MountSpec withSubdir(@Nullable String newSubdir) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                newSubdir,
                readOnly,
                clock,
                version,
                onDeath,
                store,
                remembers,
                resumes);
    }

    /** Without the right to change anything. */
    public MountSpec asReadOnly() {
        return new MountSpec(
                mountPoint, lease, requestDeadline, subdir, true, clock, version, onDeath, store, remembers, resumes);
    }

    /** With another clock. */
    public MountSpec withClock(Clock newClock) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                subdir,
                readOnly,
                newClock,
                version,
                onDeath,
                store,
                remembers,
                resumes);
    }

    /** With the version of Leat that mounts. */
    public MountSpec withVersion(String newVersion) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                subdir,
                readOnly,
                clock,
                newVersion,
                onDeath,
                store,
                remembers,
                resumes);
    }

    /** With another listener for the session's death. */
    public MountSpec withOnDeath(Consumer<String> newOnDeath) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                subdir,
                readOnly,
                clock,
                version,
                newOnDeath,
                store,
                remembers,
                resumes);
    }

    /** With the store that the volume's blobs are in, as they are. */
    public MountSpec withStore(ObjectStore newStore) {
        return withStore(BlobStore.plain(newStore));
    }

    /** With the volume's blobs. */
    public MountSpec withStore(BlobStore newStore) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                subdir,
                readOnly,
                clock,
                version,
                onDeath,
                newStore,
                remembers,
                resumes);
    }

    /** Telling names and attributes from memory. */
    public MountSpec remembering() {
        return new MountSpec(
                mountPoint, lease, requestDeadline, subdir, readOnly, clock, version, onDeath, store, true, resumes);
    }

    /** Going on with the session of a process that has died. */
    public MountSpec resuming(@Nullable SessionToken session) {
        return new MountSpec(
                mountPoint,
                lease,
                requestDeadline,
                subdir,
                readOnly,
                clock,
                version,
                onDeath,
                store,
                remembers,
                session);
    }
}

package dev.leat.store;

/**
 * Names a blob for ever: an immutable object, or part of somebody's bucket in place. Never from a counter that could roll
 * back.
 *
 * @param session 64 random bits of the session that wrote it (for an object in place: half of a hash of source, key and
 *     validator)
 * @param sequence the session's own count (in place: the other half)
 */
public record BlobId(long session, long sequence) implements Comparable<BlobId> {

    @Override
    public int compareTo(BlobId other) {
        int bySession = Long.compareUnsigned(session, other.session);
        return bySession != 0 ? bySession : Long.compareUnsigned(sequence, other.sequence);
    }

    /** Both halves as 32 hexadecimal digits. */
    @Override
    public String toString() {
        return "%016x%016x".formatted(session, sequence);
    }
}

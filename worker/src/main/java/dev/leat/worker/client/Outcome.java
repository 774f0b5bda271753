package dev.leat.worker.client;

/** What became of a read that a worker owns. All but SERVED went on to the store. */
public enum Outcome {
    /** The worker gave the bytes. */
    SERVED,
    /** The worker was not asked, since it failed a moment ago. */
    SKIPPED,
    /** It could not be reached, or the connection broke. */
    UNREACHABLE,
    /** It gave no sign for too long. */
    STALLED,
    /** What it sent did not have its checksum, or made no sense. */
    CORRUPT,
    /** It has too much to do, or all connections to it are in use. */
    BUSY,
    /** It is about to end. */
    DRAINING,
    /** It has another token, another version, or does not serve the source. */
    REFUSED,
    /** Its source did not give it the bytes. */
    SOURCE_FAILED
}

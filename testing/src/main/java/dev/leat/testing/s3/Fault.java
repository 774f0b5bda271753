package dev.leat.testing.s3;

/** A way in which a request goes wrong. */
public enum Fault {
    /** The answer comes late, by the time set with {@link Faults#delay}. */
    DELAY,
    /** Not executed; 503 SlowDown. */
    SLOW_DOWN,
    /** Not executed; 500 InternalError. */
    INTERNAL_ERROR,
    /** Not executed; the connection is reset. */
    RESET,
    /** Executed; the connection is reset instead of an answer. */
    LOST_REPLY,
    /** Executed twice; the answer is that of the second time. */
    DUPLICATE,
    /** Executed; half of the body is sent, then the connection is closed. An empty body becomes a reset. */
    TRUNCATE,
    /** Executed; the ETag in the answer is another one. */
    WRONG_ETAG,
    /** One byte of the object changes on its way: of the request's body before it is looked at, or of the answer's. */
    FLIPPED_BYTE,
    /** The checksum in the answer is another one. */
    WRONG_CHECKSUM,
    /** The body is sent in small pieces with pauses, over the time set with {@link Faults#delay}. */
    SLOW_DRIP,
    /** Not executed; 404 for an object that is there. */
    STALE_NOT_FOUND
}

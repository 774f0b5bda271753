package dev.leat.testing.s3;

/** The calls of S3 that the server tells apart, for faults and counters. */
public enum S3Operation {
    /** Reads an object or a range of it. */
    GET_OBJECT,
    /** Looks an object up. */
    HEAD_OBJECT,
    /** Writes a whole object. */
    PUT_OBJECT,
    /** Deletes one object. */
    DELETE_OBJECT,
    /** Deletes up to 1,000 objects. */
    DELETE_OBJECTS,
    /** Lists keys, by either version of the call. */
    LIST_OBJECTS,
    /** Begins an upload in parts. */
    CREATE_UPLOAD,
    /** Sends a part. */
    UPLOAD_PART,
    /** Makes an object of the parts. */
    COMPLETE_UPLOAD,
    /** Forgets an upload. */
    ABORT_UPLOAD,
    /** Lists uploads under way. */
    LIST_UPLOADS,
    /** Looks a bucket up. */
    HEAD_BUCKET,
    /** Makes a bucket. */
    CREATE_BUCKET,
    /** Anything else; answered with 501. */
    UNKNOWN
}

package dev.leat.store;

/** The kinds of requests that are counted apart. */
public enum StoreOperation {
    /** {@link ObjectStore#head}. */
    HEAD,
    /** {@link ObjectStore#get}. */
    GET,
    /** {@link ObjectStore#put}. */
    PUT,
    /** {@link ObjectStore#upload}. */
    UPLOAD,
    /** {@link MultipartUpload#part}. */
    PART,
    /** {@link MultipartUpload#complete}. */
    COMPLETE,
    /** {@link MultipartUpload#abort} and {@link ObjectStore#abort}. */
    ABORT,
    /** {@link ObjectStore#delete}. */
    DELETE,
    /** {@link ObjectStore#list}. */
    LIST,
    /** {@link ObjectStore#pendingUploads}. */
    PENDING
}

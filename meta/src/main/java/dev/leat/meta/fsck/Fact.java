package dev.leat.meta.fsck;

/** Kinds of rows that say something about an inode or a blob; what their numbers mean is said here. */
enum Fact {
    /** A directory's name: parent, hash of the name. */
    ENTRY_DIRECTORY,
    /** An embedded record's name: parent, hash of the name. */
    ENTRY_EMBEDDED,
    /** One name of a hard-linked inode: parent, hash of the name, nearest quota. */
    ENTRY_HARD,
    /** A back pointer to an embedded record: parent, hash of the name. */
    REF_AT,
    /** A record at the inode's own key: number of names, allocated bytes. */
    REF_FULL,
    /** A back pointer to one name of a hard-linked inode: parent, hash of the name. */
    LINK,
    /** Listed among the inodes without names. */
    ORPHAN,
    /** A directory's static part. */
    DIRECTORY,
    /** Where a directory says it hangs: parent, hash of the name. */
    DIRECTORY_PARENT,
    /** A record whose extents are in pages: hash of the generation, pages, extents. */
    PAGED,
    /** What a record with pages says is allocated: bytes. */
    PAGED_BYTES,
    /** A page: hash of the generation, extents, bytes covered. */
    PAGE,
    /** A generation that is being written or to be taken apart: its hash. */
    GENERATION,
    /** Anything else that lies in an inode's partition. */
    ATTACHED,
    /** A live blob: size. */
    BLOB,
    /** A doomed blob: size. */
    DOOMED,
    /** A blob's live bytes. */
    LIVE,
    /** A reference to a blob: bytes, the size that the extent believes in. */
    REFERENCE,
    /** An object in the store: size. */
    OBJECT
}

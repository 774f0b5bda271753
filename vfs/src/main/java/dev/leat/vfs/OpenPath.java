package dev.leat.vfs;

/** How a file that was opened is read and written, and why not by the kernel itself. */
public enum OpenPath {
    /** Read by the kernel itself, from the cache's copy. */
    PASSTHROUGH,
    /** Read and written by the kernel itself, in a work file that holds all of it. */
    WORK,
    /** Of such a file, written through this process, which then knows what was written. */
    WORK_WRITES,
    /** By this process: the mount has no passthrough, or a file was made and is only read. */
    OFF,
    /** By this process: the content is not one blob of at least 4 MiB, all of it. */
    LAYOUT,
    /** By this process: the cache does not hold all of it, has lent as much as it may, or has lent it to another file. */
    PARTIAL,
    /** By this process: it was served so already when it was opened, and that lasts until its last close. */
    SHARED,
    /** By this process: content that was there before is to be changed, or every write appended or made durable. */
    CHANGES,
    /** By this process: there is too little room on the disk of the work files or in the quota. */
    ROOM,
    /** By this process: the file could not be registered. */
    REFUSED;

    /** Whether the kernel serves the file by itself. */
    public boolean isPassthrough() {
        return this == PASSTHROUGH || this == WORK || this == WORK_WRITES;
    }
}

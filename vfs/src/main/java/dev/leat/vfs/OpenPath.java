package dev.leat.vfs;

/** How a file that was opened is read, and why not by the kernel itself. */
public enum OpenPath {
    /** By the kernel itself. */
    PASSTHROUGH,
    /** By this process: the mount has no passthrough, or the file is open for writing. */
    OFF,
    /** By this process: the content is not one blob of at least 4 MiB, all of it. */
    LAYOUT,
    /** By this process: the cache does not hold all of it, or has lent as much as it may. */
    PARTIAL,
    /** By this process: it was read so already when it was opened, and that lasts until its last close. */
    SHARED,
    /** By this process: the file could not be registered. */
    REFUSED
}

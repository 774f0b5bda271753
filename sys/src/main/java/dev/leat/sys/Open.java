package dev.leat.sys;

/**
 * Flags of {@code open(2)}. Four of them have other numbers on arm64 than on x86-64, so they are chosen at start.
 * The FUSE protocol carries the same numbers.
 */
public final class Open {
    private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

    /** Read only. */
    public static final int RDONLY = 0;
    /** Write only. */
    public static final int WRONLY = 1;
    /** Read and write. */
    public static final int RDWR = 2;
    /** The two bits that tell the access mode. */
    public static final int ACCMODE = 3;
    /** Create the file when it is missing. */
    public static final int CREAT = 0100;
    /** With CREAT: fail with EEXIST when it is there. */
    public static final int EXCL = 0200;
    /** Cut the file to no bytes. */
    public static final int TRUNC = 01000;
    /** Every write goes to the end. */
    public static final int APPEND = 02000;
    /** Do not wait. */
    public static final int NONBLOCK = 04000;
    /** Data is on the disk when a write returns. */
    public static final int DSYNC = 010000;
    /** Data and metadata are on the disk when a write returns. */
    public static final int SYNC = 04010000;
    /** Past the page cache. */
    public static final int DIRECT = ARM ? 0200000 : 040000;
    /** Only a directory. */
    public static final int DIRECTORY = ARM ? 040000 : 0200000;
    /** Not through a symbolic link. */
    public static final int NOFOLLOW = ARM ? 0100000 : 0400000;
    /** Leave the access time alone. */
    public static final int NOATIME = 01000000;
    /** Closed when another program is executed. */
    public static final int CLOEXEC = 02000000;
    /** Only a reference to the file, not for I/O. */
    public static final int PATH = 010000000;
    /** An unnamed file in the directory given. */
    public static final int TMPFILE = 020000000 | DIRECTORY;

    private Open() {}
}

package dev.leat.fuse.wire;

/** Abilities that kernel and daemon agree on by INIT; bits 32 and up travel in the field {@code flags2}. */
public final class InitFlags {
    /** Reads of one file may be in flight together and out of order. */
    public static final long ASYNC_READ = 1L;
    /** POSIX record locks come to the daemon. */
    public static final long POSIX_LOCKS = 1L << 1;
    /** O_TRUNC comes with OPEN, not as a SETATTR before it. */
    public static final long ATOMIC_O_TRUNC = 1L << 3;
    /** LOOKUP of "." and ".." works on any node. */
    public static final long EXPORT_SUPPORT = 1L << 4;
    /** WRITE may exceed one page. */
    public static final long BIG_WRITES = 1L << 5;
    /** The daemon applies the umask; needed for default ACLs, which overrule it. */
    public static final long DONT_MASK = 1L << 6;
    /** flock() comes to the daemon. */
    public static final long FLOCK_LOCKS = 1L << 10;
    /** The kernel drops cached pages when it sees a new size or mtime. */
    public static final long AUTO_INVAL_DATA = 1L << 12;
    /** READDIRPLUS is answered. */
    public static final long DO_READDIRPLUS = 1L << 13;
    /** READDIRPLUS only when the attributes are likely wanted. */
    public static final long READDIRPLUS_AUTO = 1L << 14;
    /** O_DIRECT requests may be in flight together. */
    public static final long ASYNC_DIO = 1L << 15;
    /** The kernel keeps dirty pages; it excludes passthrough and measured slower, so it is never asked for. */
    public static final long WRITEBACK_CACHE = 1L << 16;
    /** OPEN may be answered ENOSYS. */
    public static final long NO_OPEN_SUPPORT = 1L << 17;
    /** LOOKUP and READDIR of one directory in parallel. */
    public static final long PARALLEL_DIROPS = 1L << 18;
    /** The daemon clears set-user-id bits (first version). */
    public static final long HANDLE_KILLPRIV = 1L << 19;
    /** POSIX ACLs are kept as extended attributes and enforced by the kernel. */
    public static final long POSIX_ACL = 1L << 20;
    /** The reply says how many pages a request may have. */
    public static final long MAX_PAGES = 1L << 22;
    /** Targets of symbolic links are cached. */
    public static final long CACHE_SYMLINKS = 1L << 23;
    /** OPENDIR may be answered ENOSYS. */
    public static final long NO_OPENDIR_SUPPORT = 1L << 24;
    /** Cached pages are dropped only when the daemon says so. */
    public static final long EXPLICIT_INVAL_DATA = 1L << 25;
    /** The daemon clears set-user-id bits when a request says so. */
    public static final long HANDLE_KILLPRIV_V2 = 1L << 28;
    /** SETXATTR carries flags of its own. */
    public static final long SETXATTR_EXT = 1L << 29;
    /** The field {@code flags2} is valid. */
    public static final long INIT_EXT = 1L << 30;
    /** CREATE, MKDIR, MKNOD and SYMLINK carry the caller's group that matches the parent's. */
    public static final long CREATE_SUPP_GROUP = 1L << 34;
    /** INVAL_ENTRY knows EXPIRE_ONLY. */
    public static final long HAS_EXPIRE_ONLY = 1L << 35;
    /** Shared mmap of a file opened DIRECT_IO. */
    public static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;
    /** OPEN may hand a file to the kernel. */
    public static final long PASSTHROUGH = 1L << 37;
    /** The kernel can send requests in flight again. */
    public static final long HAS_RESEND = 1L << 39;

    private InitFlags() {}
}

package dev.leat.fuse.wire;

/** Constants of the protocol that are neither opcodes nor INIT flags. Names are the protocol's, prefix by prefix. */
public final class Fuse {
    /** Protocol version; the minor is the newest one whose structures are known here. */
    public static final int MAJOR = 7;

    public static final int MINOR = 45;

    /** Linux 5.4: older kernels lack NO_OPENDIR, explicit invalidation and the write flags that are relied on. */
    public static final int MINOR_MIN = 31;

    /** The node id of the root directory. */
    public static final long ROOT_ID = 1;

    /** Lengths in bytes of the headers of requests and replies. */
    public static final int IN_HEADER_BYTES = 40;

    public static final int OUT_HEADER_BYTES = 16;

    /** Set in {@code unique} of a request that was sent before: it may have been executed already. */
    public static final long UNIQUE_RESEND = 1L << 63;

    /** OPEN replies: reads and writes go to the daemon, past the page cache. */
    public static final int FOPEN_DIRECT_IO = 1;
    /** OPEN replies: cached pages stay. */
    public static final int FOPEN_KEEP_CACHE = 1 << 1;
    /** OPEN replies: no seeking. */
    public static final int FOPEN_NONSEEKABLE = 1 << 2;
    /** OPENDIR replies: the kernel may cache the entries. */
    public static final int FOPEN_CACHE_DIR = 1 << 3;
    /** OPEN replies: a stream without positions. */
    public static final int FOPEN_STREAM = 1 << 4;
    /** OPEN replies: close sends no FLUSH. */
    public static final int FOPEN_NOFLUSH = 1 << 5;
    /** OPEN replies: direct writes of one inode in parallel. */
    public static final int FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;
    /** OPEN replies: the kernel reads and writes the backing file itself. */
    public static final int FOPEN_PASSTHROUGH = 1 << 7;

    /** SETATTR: which fields are meant. */
    public static final int FATTR_MODE = 1;

    public static final int FATTR_UID = 1 << 1;
    public static final int FATTR_GID = 1 << 2;
    public static final int FATTR_SIZE = 1 << 3;
    public static final int FATTR_ATIME = 1 << 4;
    public static final int FATTR_MTIME = 1 << 5;
    public static final int FATTR_FH = 1 << 6;
    public static final int FATTR_ATIME_NOW = 1 << 7;
    public static final int FATTR_MTIME_NOW = 1 << 8;
    public static final int FATTR_LOCKOWNER = 1 << 9;
    public static final int FATTR_CTIME = 1 << 10;
    public static final int FATTR_KILL_SUIDGID = 1 << 11;

    /** GETATTR: the handle is valid. */
    public static final int GETATTR_FH = 1;
    /** RELEASE: flush the locks of the owner given. */
    public static final int RELEASE_FLUSH = 1;
    /** RELEASE: drop the owner's flock. */
    public static final int RELEASE_FLOCK_UNLOCK = 1 << 1;
    /** GETLK, SETLK, SETLKW: flock, not a record lock. */
    public static final int LK_FLOCK = 1;
    /** WRITE: from the page cache, the handle is a guess. */
    public static final int WRITE_CACHE = 1;
    /** READ and WRITE: the lock owner is valid. */
    public static final int LOCKOWNER = 1 << 1;
    /** WRITE: clear set-user-id and set-group-id. */
    public static final int WRITE_KILL_SUIDGID = 1 << 2;
    /** OPEN and CREATE: clear set-user-id and set-group-id. */
    public static final int OPEN_KILL_SUIDGID = 1;
    /** SETXATTR: clear set-group-id because the caller is not in the group. */
    public static final int SETXATTR_ACL_KILL_SGID = 1;
    /** FSYNC: the data only. */
    public static final int FSYNC_FDATASYNC = 1;
    /** POLL: the kernel wants to be told when something changes. */
    public static final int POLL_SCHEDULE_NOTIFY = 1;
    /** INVAL_ENTRY: ask again at the next use, keep what hangs below. */
    public static final int EXPIRE_ONLY = 1;
    /** RENAME2: fail when the target exists. */
    public static final int RENAME_NOREPLACE = 1;
    /** RENAME2: swap the two. */
    public static final int RENAME_EXCHANGE = 1 << 1;
    /** RENAME2: leave a whiteout behind. */
    public static final int RENAME_WHITEOUT = 1 << 2;

    /** Types of a lock. */
    public static final int F_RDLCK = 0;

    public static final int F_WRLCK = 1;
    public static final int F_UNLCK = 2;

    /** Codes of notifications, sent in the error field of a header whose {@code unique} is 0. */
    public static final int NOTIFY_POLL = 1;

    public static final int NOTIFY_INVAL_INODE = 2;
    public static final int NOTIFY_INVAL_ENTRY = 3;
    public static final int NOTIFY_STORE = 4;
    public static final int NOTIFY_RETRIEVE = 5;
    public static final int NOTIFY_DELETE = 6;
    public static final int NOTIFY_RESEND = 7;
    public static final int NOTIFY_INC_EPOCH = 8;
    public static final int NOTIFY_PRUNE = 9;

    /** Type of the request extension that holds supplementary groups. */
    public static final int EXT_GROUPS = 32;

    /** Device control: register and forget a backing file. */
    public static final long IOC_BACKING_OPEN = 0x4010E501L;

    public static final long IOC_BACKING_CLOSE = 0x4004E502L;

    private Fuse() {}
}

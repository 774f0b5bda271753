package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.leat.fuse.wire.Fuse;
import dev.leat.sys.Descriptors;
import dev.leat.sys.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Registers local files that the kernel then reads and writes itself (passthrough). Needs CAP_SYS_ADMIN in the first
 * user namespace and a session that agreed on PASSTHROUGH. What is registered belongs to the session, and stays when the process that did it
 * ends. Bookkeeping of one id per open inode is the caller's.
 */
public final class BackingFiles {
    private final int session;

    private BackingFiles(int session) {
        this.session = session;
    }

    /** Of the session with that descriptor, which has begun, here or in a process before. */
    public static BackingFiles of(int session) {
        return new BackingFiles(session);
    }

    /** Registers an open regular file; the id goes into OPEN replies. The descriptor may be closed afterwards. */
    public int open(int fd) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(16, 8);
            map.set(JAVA_INT, 0, fd);
            map.set(JAVA_INT, 4, 0);
            map.set(JAVA_LONG, 8, 0);
            return Descriptors.ioctl(session, Fuse.IOC_BACKING_OPEN, map);
        }
    }

    /** Forgets an id. Files opened with it keep their backing. */
    public void close(int id) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(4, 4);
            number.set(JAVA_INT, 0, id);
            Descriptors.ioctl(session, Fuse.IOC_BACKING_CLOSE, number);
        }
    }
}

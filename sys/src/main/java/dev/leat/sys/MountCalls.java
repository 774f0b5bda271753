package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The system calls that put a file system into the tree and take it out. They need CAP_SYS_ADMIN. */
public final class MountCalls {
    /** {@code mount}: read only. */
    public static final long MS_RDONLY = 1;
    /** {@code mount}: set-user-id bits have no effect. */
    public static final long MS_NOSUID = 2;
    /** {@code mount}: device files cannot be opened. */
    public static final long MS_NODEV = 4;
    /** {@code mount}: programs cannot be executed. */
    public static final long MS_NOEXEC = 8;
    /** {@code mount}: every write is synchronous. */
    public static final long MS_SYNCHRONOUS = 16;
    /** {@code mount}: change the flags of an existing mount. */
    public static final long MS_REMOUNT = 32;
    /** {@code mount}: directory changes are synchronous. */
    public static final long MS_DIRSYNC = 128;
    /** {@code mount}: access times are not kept. */
    public static final long MS_NOATIME = 1024;
    /** {@code mount}: the second place of an existing tree. */
    public static final long MS_BIND = 4096;
    /** {@code umount2}: what is under way fails, and so does what comes later. */
    public static final int MNT_FORCE = 1;
    /** {@code umount2}: out of the tree now, gone when the last user is. */
    public static final int MNT_DETACH = 2;
    /** {@code umount2}: do not follow a symbolic link. */
    public static final int UMOUNT_NOFOLLOW = 8;

    private static final NativeFunction MOUNT = NativeFunction.ofInt("mount");
    private static final NativeFunction UMOUNT2 = NativeFunction.ofInt("umount2");

    private MountCalls() {}

    /** Mounts {@code source} of kind {@code type} at {@code target}; {@code data} are the kind's own options. */
    public static void mount(String source, Path target, String type, long flags, String data) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(source);
            MemorySegment at = arena.allocateFrom(target.toString());
            MemorySegment kind = arena.allocateFrom(type);
            MemorySegment options = arena.allocateFrom(data);
            Checked.run(
                    "mount",
                    target,
                    slot -> MOUNT.call(slot, pointer(from), pointer(at), pointer(kind), flags, pointer(options)));
        }
    }

    /** Takes the topmost mount at {@code target} out of the tree; EBUSY when it is used and not detached. */
    public static void umount(Path target, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocateFrom(target.toString());
            Checked.run("umount", target, slot -> UMOUNT2.call(slot, pointer(at), flags));
        }
    }
}

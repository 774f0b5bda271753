package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A file system that is being set up, option by option, before it is mounted: for options that are longer or more than the
 * 4 KiB which {@code mount(2)} takes, and for mounts that nobody else is to see. Linux 5.2 or newer; needs CAP_SYS_ADMIN.
 */
public final class MountContext implements AutoCloseable {
    /** Longest value of an option in bytes; the kernel refuses longer ones. */
    public static final int VALUE_BYTES_MAX = 255;

    /** Mount attribute: read only. */
    public static final int ATTR_RDONLY = 1;
    /** Mount attribute: set-user-id bits have no effect. */
    public static final int ATTR_NOSUID = 2;
    /** Mount attribute: device files cannot be opened. */
    public static final int ATTR_NODEV = 4;
    /** Mount attribute: programs cannot be executed. */
    public static final int ATTR_NOEXEC = 8;

    /** These numbers are the same on every architecture. */
    private static final long SYS_MOVE_MOUNT = 429;

    private static final long SYS_FSOPEN = 430;
    private static final long SYS_FSCONFIG = 431;
    private static final long SYS_FSMOUNT = 432;

    private static final int CLOEXEC = 1;
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int MOVE_FROM_EMPTY_PATH = 4;
    private static final int MESSAGE_BYTES = 1024;

    private static final NativeFunction SYSCALL = NativeFunction.ofLong("syscall");

    private final String type;
    private final int fd;
    private boolean closed;

    private MountContext(String type, int fd) {
        this.type = type;
        this.fd = fd;
    }

    /** Begins; ENODEV when the kernel has no file system of that name. */
    public static MountContext open(String type) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(type);
            int fd = (int) Checked.run("fsopen", type, slot -> SYSCALL.call(slot, SYS_FSOPEN, pointer(name), CLOEXEC));
            return new MountContext(type, fd);
        }
    }

    /** Sets an option that has a value, of at most {@link #VALUE_BYTES_MAX} bytes. */
    public void set(String key, String value) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            configure(SET_STRING, arena.allocateFrom(key), arena.allocateFrom(value), key + "=" + value);
        }
    }

    /** Sets an option that has none; EINVAL when the file system does not know it. */
    public void set(String flag) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            configure(SET_FLAG, arena.allocateFrom(flag), MemorySegment.NULL, flag);
        }
    }

    /**
     * Makes the file system and a mount of it that has no place yet.
     *
     * @param attributes ATTR flags
     * @return its descriptor; the mount lives as long as that is open, or it is {@link #attach attached}
     */
    public int create(int attributes) throws ErrnoException {
        configure(CREATE, MemorySegment.NULL, MemorySegment.NULL, "create");
        return (int) Checked.run("fsmount", type, slot -> SYSCALL.call(slot, SYS_FSMOUNT, fd, CLOEXEC, attributes));
    }

    /** Gives a mount its place in the tree. */
    public static void attach(int mount, Path target) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment empty = arena.allocateFrom("");
            MemorySegment place = arena.allocateFrom(target.toString());
            Checked.run(
                    "move_mount",
                    target,
                    slot -> SYSCALL.call(
                            slot,
                            SYS_MOVE_MOUNT,
                            mount,
                            pointer(empty),
                            Fs.AT_FDCWD,
                            pointer(place),
                            MOVE_FROM_EMPTY_PATH));
        }
    }

    private void configure(int command, MemorySegment key, MemorySegment value, String what) throws ErrnoException {
        try {
            Checked.run(
                    "fsconfig",
                    type + ", " + what,
                    slot -> SYSCALL.call(slot, SYS_FSCONFIG, fd, command, key.address(), value.address(), 0));
        } catch (ErrnoException e) {
            String said = messages();
            throw said.isEmpty() ? e : new ErrnoException(e.errno(), type + ", " + what + ": " + said);
        }
    }

    /** What the file system has to say about the failure; each read gives one message. */
    private String messages() {
        StringBuilder all = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(MESSAGE_BYTES);
            long n = Io.read(fd, buffer, MESSAGE_BYTES);
            while (n > 0) {
                byte[] text = buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
                all.append(all.isEmpty() ? "" : "; ")
                        .append(new String(text, StandardCharsets.UTF_8).strip().replaceFirst("^[ewi] ", ""));
                n = Io.read(fd, buffer, MESSAGE_BYTES);
            }
        }
        return all.toString();
    }

    @Override
    public void close() throws ErrnoException {
        if (!closed) {
            closed = true;
            Fs.close(fd);
        }
    }
}

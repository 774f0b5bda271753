package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/** System calls about this process, its children and descriptors of other processes. */
public final class Processes {
    /** These two numbers are the same on every architecture (calls newer than 2019). */
    private static final long SYS_PIDFD_OPEN = 434;

    private static final long SYS_PIDFD_GETFD = 438;
    private static final int PR_SET_IO_FLUSHER = 57;

    /** More than glibc's 80 and musl's 16 bytes of posix_spawn_file_actions_t. */
    private static final int FILE_ACTIONS_BYTES = 256;

    private static final NativeFunction GETUID = NativeFunction.ofInt("getuid");
    private static final NativeFunction GETEUID = NativeFunction.ofInt("geteuid");
    private static final NativeFunction GETEGID = NativeFunction.ofInt("getegid");
    private static final NativeFunction GETGID = NativeFunction.ofInt("getgid");
    private static final NativeFunction PRCTL = NativeFunction.ofInt("prctl");
    private static final NativeFunction KILL = NativeFunction.ofInt("kill");
    private static final NativeFunction SYSCALL = NativeFunction.ofLong("syscall");
    private static final NativeFunction WAITPID = NativeFunction.ofInt("waitpid");
    private static final NativeFunction ACTIONS_INIT = NativeFunction.ofInt("posix_spawn_file_actions_init");
    private static final NativeFunction ACTIONS_DUP2 = NativeFunction.ofInt("posix_spawn_file_actions_adddup2");
    private static final NativeFunction ACTIONS_DESTROY = NativeFunction.ofInt("posix_spawn_file_actions_destroy");
    private static final NativeFunction SPAWN = NativeFunction.ofInt("posix_spawn");

    private Processes() {}

    /** The real user id. */
    public static int getuid() {
        return infallible(GETUID::call);
    }

    /** The user id that the kernel checks. */
    public static int geteuid() {
        return infallible(GETEUID::call);
    }

    /** The group id that the kernel checks. */
    public static int getegid() {
        return infallible(GETEGID::call);
    }

    /** The real group id. */
    public static int getgid() {
        return infallible(GETGID::call);
    }

    /** Sends a signal; number 0 only asks whether the process exists. */
    public static void kill(int pid, int signal) throws ErrnoException {
        Checked.run("kill", pid + ", " + signal, slot -> KILL.call(slot, pid, signal));
    }

    /**
     * Marks this thread and its later children as part of a file system's write-out, so that the kernel never waits for
     * this file system in order to give them memory. Needs CAP_SYS_RESOURCE.
     */
    public static void setIoFlusher() throws ErrnoException {
        Checked.run("prctl", "PR_SET_IO_FLUSHER", slot -> PRCTL.call(slot, PR_SET_IO_FLUSHER, 1));
    }

    /** A descriptor that stands for a process and becomes readable when it ends. */
    public static int pidfdOpen(int pid) throws ErrnoException {
        return (int) Checked.run("pidfd_open", pid, slot -> SYSCALL.call(slot, SYS_PIDFD_OPEN, pid, 0));
    }

    /** A copy of the descriptor {@code theirFd} of the process behind {@code pidfd}; needs the right to trace it. */
    public static int pidfdGetfd(int pidfd, int theirFd) throws ErrnoException {
        return (int)
                Checked.run("pidfd_getfd", theirFd, slot -> SYSCALL.call(slot, SYS_PIDFD_GETFD, pidfd, theirFd, 0));
    }

    /**
     * Starts a program that inherits chosen descriptors, which {@link ProcessBuilder} cannot do.
     *
     * @param program full path
     * @param arguments with the program's name as the first
     * @param environment {@code NAME=value} strings, nothing else is inherited
     * @param descriptors number in the child → number here
     * @return the process id; {@link #waitFor} must follow
     */
    public static int spawn(
            String program, List<String> arguments, List<String> environment, Map<Integer, Integer> descriptors)
            throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, 8);
            returned("posix_spawn_file_actions_init", slot -> ACTIONS_INIT.call(slot, pointer(actions)));
            try {
                for (Map.Entry<Integer, Integer> entry : descriptors.entrySet()) {
                    int here = entry.getValue();
                    int there = entry.getKey();
                    returned(
                            "posix_spawn_file_actions_adddup2",
                            slot -> ACTIONS_DUP2.call(slot, pointer(actions), here, there));
                }
                MemorySegment pid = arena.allocate(JAVA_INT);
                MemorySegment path = arena.allocateFrom(program);
                MemorySegment argv = strings(arena, arguments);
                MemorySegment envp = strings(arena, environment);
                returned(
                        "posix_spawn(" + program + ")",
                        slot -> SPAWN.call(
                                slot, pointer(pid), pointer(path), pointer(actions), 0, pointer(argv), pointer(envp)));
                return pid.get(JAVA_INT, 0);
            } finally {
                returned("posix_spawn_file_actions_destroy", slot -> ACTIONS_DESTROY.call(slot, pointer(actions)));
            }
        }
    }

    /** Waits for the end of a child. The result is its exit code, or 128 + the signal that ended it. */
    public static int waitFor(int pid) throws ErrnoException {
        int[] status = new int[1];
        Checked.run("waitpid", pid, slot -> {
            MemorySegment word = slot.asSlice(CallSlots.SCRATCH_OFFSET, 4);
            while (true) {
                long result = WAITPID.call(slot, pid, pointer(word), 0);
                if (result >= 0 || CallSlots.errno(slot) != Errno.EINTR.number()) {
                    status[0] = word.get(JAVA_INT, 0);
                    return result;
                }
            }
        });
        int signal = status[0] & 0x7f;
        return signal == 0 ? (status[0] >> 8) & 0xff : 128 + signal;
    }

    private static MemorySegment strings(Arena arena, List<String> values) {
        MemorySegment array = arena.allocate(ADDRESS, values.size() + 1L);
        for (int i = 0; i < values.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(values.get(i)));
        }
        return array;
    }

    /** The posix_spawn family returns the error number itself and leaves errno alone. */
    private static void returned(String name, Checked call) throws ErrnoException {
        int error = infallible(call);
        if (error != 0) {
            throw new ErrnoException(Errno.of(error), name);
        }
    }

    private static int infallible(Checked call) {
        MemorySegment slot = CallSlots.take();
        try {
            return (int) call.make(slot);
        } finally {
            CallSlots.give(slot);
        }
    }
}

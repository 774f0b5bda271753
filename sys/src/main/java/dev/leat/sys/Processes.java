package dev.leat.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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

    private static final MethodHandle GETUID = Native.link("getuid", "i");
    private static final MethodHandle GETEUID = Native.link("geteuid", "i");
    private static final MethodHandle GETEGID = Native.link("getegid", "i");
    private static final MethodHandle GETGID = Native.link("getgid", "i");
    private static final MethodHandle PRCTL = Native.link("prctl", "iillll", 1);

    /** Linked when a child is first started, or a descriptor of another process fetched: each function costs milliseconds. */
    private static final class Children {
        static final MethodHandle KILL = Native.link("kill", "iii");
        static final MethodHandle SYSCALL = Native.link("syscall", "lllll", 1);
        static final MethodHandle WAITPID = Native.link("waitpid", "iipi");
        static final MethodHandle ACTIONS_INIT = Native.link("posix_spawn_file_actions_init", "ip");
        static final MethodHandle ACTIONS_DUP2 = Native.link("posix_spawn_file_actions_adddup2", "ipii");
        static final MethodHandle ACTIONS_DESTROY = Native.link("posix_spawn_file_actions_destroy", "ip");
        static final MethodHandle SPAWN = Native.link("posix_spawn", "ipppppp");
    }

    private Processes() {}

    /** The real user id. */
    public static int getuid() {
        return infallible(slot -> (int) GETUID.invokeExact(slot));
    }

    /** The user id that the kernel checks. */
    public static int geteuid() {
        return infallible(slot -> (int) GETEUID.invokeExact(slot));
    }

    /** The group id that the kernel checks. */
    public static int getegid() {
        return infallible(slot -> (int) GETEGID.invokeExact(slot));
    }

    /** The real group id. */
    public static int getgid() {
        return infallible(slot -> (int) GETGID.invokeExact(slot));
    }

    /** Sends a signal; number 0 only asks whether the process exists. */
    public static void kill(int pid, int signal) throws ErrnoException {
        Checked.run("kill", pid + ", " + signal, slot -> (int) Children.KILL.invokeExact(slot, pid, signal));
    }

    /**
     * Marks this thread and its later children as part of a file system's write-out, so that the kernel never waits for
     * this file system in order to give them memory. Needs CAP_SYS_RESOURCE.
     */
    public static void setIoFlusher() throws ErrnoException {
        Checked.run(
                "prctl", "PR_SET_IO_FLUSHER", slot -> (int) PRCTL.invokeExact(slot, PR_SET_IO_FLUSHER, 1L, 0L, 0L, 0L));
    }

    /** A descriptor that stands for a process and becomes readable when it ends. */
    public static int pidfdOpen(int pid) throws ErrnoException {
        return (int) Checked.run("pidfd_open", pid, slot ->
                (long) Children.SYSCALL.invokeExact(slot, SYS_PIDFD_OPEN, (long) pid, 0L, 0L));
    }

    /** A copy of the descriptor {@code theirFd} of the process behind {@code pidfd}; needs the right to trace it. */
    public static int pidfdGetfd(int pidfd, int theirFd) throws ErrnoException {
        return (int) Checked.run("pidfd_getfd", theirFd, slot ->
                (long) Children.SYSCALL.invokeExact(slot, SYS_PIDFD_GETFD, (long) pidfd, (long) theirFd, 0L));
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
            returned("posix_spawn_file_actions_init", slot -> (int) Children.ACTIONS_INIT.invokeExact(slot, actions));
            try {
                for (Map.Entry<Integer, Integer> entry : descriptors.entrySet()) {
                    int here = entry.getValue();
                    int there = entry.getKey();
                    returned("posix_spawn_file_actions_adddup2", slot ->
                            (int) Children.ACTIONS_DUP2.invokeExact(slot, actions, here, there));
                }
                MemorySegment pid = arena.allocate(JAVA_INT);
                MemorySegment path = arena.allocateFrom(program);
                MemorySegment argv = strings(arena, arguments);
                MemorySegment envp = strings(arena, environment);
                returned("posix_spawn(" + program + ")", slot ->
                        (int) Children.SPAWN.invokeExact(slot, pid, path, actions, MemorySegment.NULL, argv, envp));
                return pid.get(JAVA_INT, 0);
            } finally {
                returned("posix_spawn_file_actions_destroy", slot ->
                        (int) Children.ACTIONS_DESTROY.invokeExact(slot, actions));
            }
        }
    }

    /** Waits for the end of a child. The result is its exit code, or 128 + the signal that ended it. */
    public static int waitFor(int pid) throws ErrnoException {
        int[] status = new int[1];
        Checked.run("waitpid", pid, slot -> {
            MemorySegment word = slot.asSlice(CallSlots.SCRATCH_OFFSET, 4);
            while (true) {
                int result = (int) Children.WAITPID.invokeExact(slot, pid, word, 0);
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
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            CallSlots.give(slot);
        }
    }
}

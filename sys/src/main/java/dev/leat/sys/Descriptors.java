package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** System calls on descriptors of any kind: ioctl, poll, eventfd, pipe, and sockets that carry descriptors. */
public final class Descriptors {
    /** {@code poll}: there is something to read. */
    public static final int POLLIN = 1;
    /** {@code poll}: there is room to write. */
    public static final int POLLOUT = 4;

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int EFD_CLOEXEC = 02000000;
    private static final int F_DUPFD_CLOEXEC = 1030;

    /** {@code struct msghdr} of 64-bit Linux: where its fields lie, and its length. */
    private static final int MSG_IOV = 16;

    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROL_LENGTH = 40;
    private static final int MSG_BYTES = 56;

    /** A control message with one descriptor: header of 16, the descriptor, padding to 8. */
    private static final int CONTROL_BYTES = 24;

    private static final int CONTROL_LENGTH = 20;

    private static final NativeFunction IOCTL = NativeFunction.ofInt("ioctl");
    private static final NativeFunction FCNTL = NativeFunction.ofInt("fcntl");
    private static final NativeFunction POLL = NativeFunction.ofInt("poll");
    private static final NativeFunction EVENTFD = NativeFunction.ofInt("eventfd");
    private static final NativeFunction PIPE2 = NativeFunction.ofInt("pipe2");
    private static final NativeFunction SOCKETPAIR = NativeFunction.ofInt("socketpair");
    private static final NativeFunction SENDMSG = NativeFunction.ofLong("sendmsg");
    private static final NativeFunction RECVMSG = NativeFunction.ofLong("recvmsg");

    private Descriptors() {}

    /** Device control with a pointer as argument. The result is what the device returns. */
    public static int ioctl(int fd, long request, MemorySegment argument) throws ErrnoException {
        try {
            return (int) Checked.run(
                    "ioctl",
                    fd + ", 0x" + Long.toHexString(request),
                    slot -> IOCTL.call(slot, fd, request, pointer(argument)));
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    /** A second descriptor of the same open file, closed on exec. */
    public static int duplicate(int fd) throws ErrnoException {
        return (int) Checked.run("dup", fd, slot -> FCNTL.call(slot, fd, F_DUPFD_CLOEXEC));
    }

    /**
     * Waits until one of {@code events} holds.
     *
     * @param timeoutMillis longest wait; -1 is for ever
     * @return the events that hold, also POLLERR 8 and POLLHUP 16; 0 when the time is over
     */
    public static int poll(int fd, int events, int timeoutMillis) throws ErrnoException {
        int[] seen = new int[1];
        Checked.run("poll", fd, slot -> {
            MemorySegment entry = slot.asSlice(CallSlots.SCRATCH_OFFSET, 8);
            entry.set(JAVA_INT, 0, fd);
            entry.set(JAVA_SHORT, 4, (short) events);
            entry.set(JAVA_SHORT, 6, (short) 0);
            long result = POLL.call(slot, pointer(entry), 1, timeoutMillis);
            seen[0] = Short.toUnsignedInt(entry.get(JAVA_SHORT, 6));
            return result;
        });
        return seen[0];
    }

    /** A new counter that can be polled, written and read. */
    public static int eventfd(int initial) throws ErrnoException {
        return (int) Checked.run("eventfd", initial, slot -> EVENTFD.call(slot, initial, EFD_CLOEXEC));
    }

    /** A new pipe: the end to read, the end to write. */
    public static int[] pipe() throws ErrnoException {
        return pair("pipe2", slot -> PIPE2.call(slot, pointer(pairOf(slot)), Open.CLOEXEC));
    }

    /** Two connected stream sockets of this host. */
    public static int[] socketpair() throws ErrnoException {
        return pair(
                "socketpair",
                slot -> SOCKETPAIR.call(slot, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pointer(pairOf(slot))));
    }

    /** Sends the descriptor {@code passed} and one byte through {@code socket}. */
    public static void sendDescriptor(int socket, int passed) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
            control.set(JAVA_LONG, 0, CONTROL_LENGTH);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            control.set(JAVA_INT, 16, passed);
            MemorySegment message = message(arena, control);
            Checked.run("sendmsg", socket, slot -> SENDMSG.call(slot, socket, pointer(message), 0));
        }
    }

    /** Waits for a descriptor that the other end of {@code socket} sends; -1 when that end closes without. */
    public static int receiveDescriptor(int socket) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
            MemorySegment message = message(arena, control);
            long bytes = Checked.run("recvmsg", socket, slot -> {
                while (true) {
                    long result = RECVMSG.call(slot, socket, pointer(message), MSG_CMSG_CLOEXEC);
                    if (result >= 0 || CallSlots.errno(slot) != Errno.EINTR.number()) {
                        return result;
                    }
                }
            });
            boolean carriesDescriptor = message.get(JAVA_LONG, MSG_CONTROL_LENGTH) >= CONTROL_LENGTH
                    && control.get(JAVA_INT, 8) == SOL_SOCKET
                    && control.get(JAVA_INT, 12) == SCM_RIGHTS;
            return bytes > 0 && carriesDescriptor ? control.get(JAVA_INT, 16) : -1;
        }
    }

    private static MemorySegment message(Arena arena, MemorySegment control) {
        MemorySegment data = arena.allocate(1);
        MemorySegment vector = arena.allocate(16, 8);
        vector.set(JAVA_LONG, 0, data.address());
        vector.set(JAVA_LONG, 8, 1);
        MemorySegment message = arena.allocate(MSG_BYTES, 8);
        message.set(JAVA_LONG, MSG_IOV, vector.address());
        message.set(JAVA_LONG, MSG_IOV + 8, 1);
        message.set(JAVA_LONG, MSG_CONTROL, control.address());
        message.set(JAVA_LONG, MSG_CONTROL_LENGTH, CONTROL_BYTES);
        return message;
    }

    private static MemorySegment pairOf(MemorySegment slot) {
        return slot.asSlice(CallSlots.SCRATCH_OFFSET, 8);
    }

    private static int[] pair(String name, Checked call) throws ErrnoException {
        int[] ends = new int[2];
        Checked.run(name, "", slot -> {
            long result = call.make(slot);
            ends[0] = pairOf(slot).get(JAVA_INT, 0);
            ends[1] = pairOf(slot).get(JAVA_INT, 4);
            return result;
        });
        return ends;
    }
}

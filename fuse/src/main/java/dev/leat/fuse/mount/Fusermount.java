package dev.leat.fuse.mount;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.leat.sys.Descriptors;
import dev.leat.sys.Errno;
import dev.leat.sys.Fs;
import dev.leat.sys.Io;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The set-user-id program fusermount3, which mounts for ordinary users. It sends the session descriptor back through a
 * socket whose number it finds in its environment.
 */
final class Fusermount {
    private static final List<String> PLACES =
            List.of("/usr/bin/fusermount3", "/bin/fusermount3", "/usr/local/bin/fusermount3");
    private static final String SOCKET_VARIABLE = "_FUSE_COMMFD";

    private static final int STDERR = 2;

    private Fusermount() {}

    /** Mounts; the result is the session descriptor. */
    static int mount(Path place, MountOptions options) throws IOException {
        int[] sockets = Descriptors.socketpair();
        int[] errors = Descriptors.pipe();
        try {
            String program = program();
            int pid = Processes.spawn(
                    program,
                    List.of(program, "-o", options.helperOptions(), "--", place.toString()),
                    List.of(SOCKET_VARIABLE + "=" + sockets[1], "PATH=/usr/bin:/bin"),
                    Map.of(sockets[1], sockets[1], STDERR, errors[1]));
            Fs.close(sockets[1]);
            Fs.close(errors[1]);
            sockets[1] = -1;
            errors[1] = -1;
            int fd = Descriptors.receiveDescriptor(sockets[0]);
            String complaint = drain(errors[0]);
            int status = Processes.waitFor(pid);
            if (fd < 0 || status != 0) {
                if (fd >= 0) {
                    Fs.closeQuietly(fd);
                }
                throw new MountException("fusermount3 could not mount at " + place + " (status " + status + "): "
                        + (complaint.isEmpty() ? "no message" : complaint));
            }
            return fd;
        } finally {
            closeAll(sockets);
            closeAll(errors);
        }
    }

    /** Unmounts. */
    static void unmount(Path place, boolean lazy) throws IOException {
        String program = program();
        int[] errors = Descriptors.pipe();
        try {
            List<String> arguments = lazy
                    ? List.of(program, "-u", "-z", "--", place.toString())
                    : List.of(program, "-u", "--", place.toString());
            int pid = Processes.spawn(program, arguments, List.of("PATH=/usr/bin:/bin"), Map.of(STDERR, errors[1]));
            Fs.close(errors[1]);
            errors[1] = -1;
            String complaint = drain(errors[0]);
            int status = Processes.waitFor(pid);
            if (status != 0) {
                throw new MountException("fusermount3 could not unmount " + place + " (status " + status + "): "
                        + (complaint.isEmpty() ? "no message" : complaint));
            }
        } finally {
            closeAll(errors);
        }
    }

    private static String program() throws MountException {
        for (String place : PLACES) {
            if (Files.isExecutable(Path.of(place))) {
                return place;
            }
        }
        throw new MountException("mounting without privilege needs fusermount3: install the package fuse3");
    }

    /** Reads what the program wrote, in one line; ends when it exits. */
    private static String drain(int fd) {
        StringBuilder text = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            while (true) {
                long n = Io.read(fd, buffer, buffer.byteSize());
                if (n == -Errno.EINTR.number()) {
                    continue;
                }
                if (n <= 0) {
                    return text.toString().strip().replace('\n', ' ');
                }
                text.append(new String(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), UTF_8));
            }
        }
    }

    private static void closeAll(int[] ends) {
        for (int end : ends) {
            if (end >= 0) {
                Fs.closeQuietly(end);
            }
        }
    }
}

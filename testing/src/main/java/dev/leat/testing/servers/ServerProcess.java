package dev.leat.testing.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A server program that a test started: its process, its captured output, and its certain end. It is stopped by {@link
 * #close} or, if the test never gets there, when this JVM exits; always by its own handle and those of its children.
 */
public final class ServerProcess implements AutoCloseable {
    /** Between two looks at a server that is starting; short beside the 100 ms or more a server takes. */
    private static final long POLL_MS = 10;

    private static final int LOG_TAIL_LINES = 40;

    /** Below lie the ports of well-known servers. */
    private static final int PORT_MIN = 10_000;

    private final String name;
    private final Process process;
    private final Path log;
    private final Thread atExit;

    private ServerProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.atExit = new Thread(() -> kill(process), "stop " + name);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * A condition that a server fulfils once it can serve.
     */
    @FunctionalInterface
    public interface Ready {
        /** Whether the server answers by now; an exception counts as no. */
        boolean check() throws Exception;
    }

    /** What to run and how: a command line with its environment, folder and log. */
    public static final class Builder {
        private final String name;
        private final List<String> command;
        private final Map<String, String> environment = new HashMap<>();
        private @Nullable Path directory;
        private @Nullable Path log;

        private Builder(String name, List<String> command) {
            this.name = name;
            this.command = List.copyOf(command);
        }

        /** Adds a variable to the inherited environment. */
        public Builder env(String key, String value) {
            environment.put(key, value);
            return this;
        }

        /** Runs in this folder instead of the caller's. */
        public Builder directory(Path folder) {
            this.directory = folder;
            return this;
        }

        /** Writes what the server prints here instead of into a temporary file. */
        public Builder log(Path file) {
            this.log = file;
            return this;
        }

        /** Starts the program and returns at once. */
        public ServerProcess start() throws IOException {
            Path file = log != null ? log : Files.createTempFile("leat-" + name + "-", ".log");
            if (log == null) {
                file.toFile().deleteOnExit();
            }
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(file.toFile()))
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().putAll(environment);
            if (directory != null) {
                builder.directory(directory.toFile());
            }
            return new ServerProcess(name, builder.start(), file);
        }

        /**
         * Starts the program and waits until it serves; one that ends or does not serve in time is stopped.
         *
         * @throws IOException with the end of the server's log
         */
        public ServerProcess startAndAwait(Ready ready, Duration timeout) throws IOException {
            ServerProcess server = start();
            try {
                server.await(ready, timeout);
                return server;
            } catch (IOException | RuntimeException e) {
                server.close();
                throw e;
            }
        }
    }

    /**
     * Describes a server.
     *
     * @param name short name for messages and the log file
     * @param command program and arguments
     */
    public static Builder of(String name, List<String> command) {
        return new Builder(name, command);
    }

    /**
     * A TCP port of the loopback interface that was free a moment ago, and that nobody gets by chance: it lies outside the range from
     * which the kernel serves those who ask for any port, among them every client. A server that is down for a while finds its own again.
     */
    public static int freePort() {
        try {
            int[] range = anyPorts();
            for (int tries = 0; tries < 1_000; tries++) {
                int port = ThreadLocalRandom.current().nextInt(PORT_MIN, 1 << 16);
                if ((port < range[0] || port > range[1]) && isFree(port)) {
                    return port;
                }
            }
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no free TCP port on the loopback interface", e);
        }
    }

    /** First and last port of those that are given to whoever asks for any. */
    private static int[] anyPorts() throws IOException {
        byte[] bytes = new byte[64];
        int length;
        try (InputStream in = Files.newInputStream(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
            // At once: this file gives nothing to a second read.
            length = in.read(bytes);
        }
        String[] words =
                new String(bytes, 0, length, StandardCharsets.US_ASCII).strip().split("\\s+");
        return new int[] {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** A condition that holds once something accepts connections at a loopback port. */
    public static Ready listening(int port) {
        return () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return true;
            }
        };
    }

    /**
     * Waits until the server serves.
     *
     * @throws IOException if it ended or the time is over; the message has the end of its log
     */
    public void await(Ready ready, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            if (holds(ready)) {
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IOException(name + " did not serve within " + timeout + ":\n" + logTail());
            }
            try {
                boolean ended = process.waitFor(POLL_MS, TimeUnit.MILLISECONDS);
                if (ended) {
                    throw new IOException(
                            name + " ended with code " + process.exitValue() + " at start:\n" + logTail());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while " + name + " was starting", e);
            }
        }
    }

    private static boolean holds(Ready ready) {
        try {
            return ready.check();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (Exception notYet) {
            return false;
        }
    }

    /** The process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** The process itself, for signals that a test sends. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Where its output goes. */
    public Path log() {
        return log;
    }

    /** The last lines that the server printed. */
    public String logTail() {
        try {
            List<String> lines = new ArrayList<>(Files.readAllLines(log));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** Asks the server to end, and kills it and its children if it does not within ten seconds. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the JVM is exiting: the hook does it
        }
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        boolean ended = false;
        try {
            ended = process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            kill(process);
        }
        end(children);
    }

    /** Kills the server and its children without a chance to tidy up, as a crash would, and waits for their end. */
    public void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        kill(process);
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end(children);
    }

    /** Kills processes and waits until they hold nothing any more: neither files nor memory that a restart would find in use. */
    private static void end(List<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (processes.stream().anyMatch(ServerProcess::holdsAnything) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Whether a process runs; one that has ended may wait long for its new parent to take notice. */
    private static boolean holdsAnything(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return process.isAlive() && stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException gone) {
            return false;
        }
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}

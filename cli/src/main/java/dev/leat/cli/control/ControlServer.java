package dev.leat.cli.control;

import dev.leat.cli.output.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's end of the control socket. A caller sends one line of JSON, {@code {"command": NAME, …}}, and gets any
 * number of {@code {"progress": …}} lines and one last {@code {"result": …}} or {@code {"error": TEXT}}.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

    /** Longest wait for somebody who is told of the end, in seconds. */
    private static final long ANSWER_SECONDS = 5;

    private final ServerSocketChannel listener;
    private final Path socket;
    private final Handler handler;
    private final String last;

    /** Held by callers of {@link #last} until they are answered. */
    private final ReadWriteLock answers = new ReentrantReadWriteLock();

    private final Thread thread;

    /** Carries out what callers ask for. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Carries out one command.
         *
         * @param progress takes facts to show while it goes on
         * @return the result
         */
        Map<String, ?> handle(String command, Map<?, ?> arguments, Progress progress) throws Exception;
    }

    /** Takes facts on a command that goes on. */
    @FunctionalInterface
    public interface Progress {
        /** Sends facts to the caller; fails when the caller is gone, which ends the command. */
        void report(Map<String, ?> facts) throws IOException;
    }

    /**
     * Listens at {@code socket} until closed.
     *
     * @param last the command that ends the daemon: its callers are answered before this is closed
     */
    public ControlServer(Path socket, Handler handler, String last) throws IOException {
        this.socket = socket;
        this.handler = handler;
        this.last = last;
        Files.deleteIfExists(socket);
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        thread = Thread.ofVirtual().name("control").start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel caller = listener.accept();
                Thread.ofVirtual().name("control-call").start(() -> serve(caller));
            }
        } catch (ClosedChannelException e) {
            log.debug("control socket {} closed", socket);
        } catch (IOException e) {
            log.error("control socket {} failed: {}", socket, e.getMessage());
        }
    }

    private void serve(SocketChannel caller) {
        try (caller;
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(caller), StandardCharsets.UTF_8));
                Writer out = Channels.newWriter(caller, StandardCharsets.UTF_8)) {
            String line = in.readLine();
            if (line == null) {
                return;
            }
            answer(line, out);
        } catch (IOException e) {
            log.debug("a caller of the control socket is gone: {}", e.getMessage());
        }
    }

    private void answer(String line, Writer out) throws IOException {
        Map<?, ?> request;
        try {
            request = request(line);
        } catch (IOException e) {
            send(out, Map.of("error", String.valueOf(e.getMessage())));
            return;
        }
        String command = String.valueOf(request.get("command"));
        if (!command.equals(last)) {
            answer(command, request, out);
            return;
        }
        answers.readLock().lock();
        try {
            answer(command, request, out);
        } finally {
            answers.readLock().unlock();
        }
    }

    private static Map<?, ?> request(String line) throws IOException {
        if (Json.read(line) instanceof Map<?, ?> request) {
            return request;
        }
        throw new IOException("not an object: " + line);
    }

    private void answer(String command, Map<?, ?> request, Writer out) throws IOException {
        Map<String, ? extends @Nullable Object> answer;
        try {
            answer = Map.of("result", handler.handle(command, request, facts -> send(out, Map.of("progress", facts))));
        } catch (Exception e) {
            // Whatever went wrong is the caller's to know; the daemon goes on.
            log.debug("control command failed: {}", request, e);
            answer = Map.of("error", String.valueOf(e.getMessage()));
        }
        send(out, answer);
    }

    private static void send(Writer out, Map<String, ?> facts) throws IOException {
        synchronized (out) {
            out.write(Json.line(facts));
            out.write('\n');
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        thread.interrupt();
        try {
            if (!answers.writeLock().tryLock(ANSWER_SECONDS, TimeUnit.SECONDS)) {
                log.warn("a caller of '{}' does not take its answer", last);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(socket);
    }
}

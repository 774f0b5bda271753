package dev.leat.worker.server;

import dev.leat.cache.BufferPool;
import dev.leat.store.Blob;
import dev.leat.worker.wire.Handshake;
import dev.leat.worker.wire.ProtocolException;
import dev.leat.worker.wire.ReadRequest;
import dev.leat.worker.wire.Reply;
import dev.leat.worker.wire.Stalls;
import dev.leat.worker.wire.Status;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection: its requests are answered one after the other. */
final class ClientConnection {
    private static final Logger log = LoggerFactory.getLogger(ClientConnection.class);

    /** Longest wait for memory for a reply before the client is told that the worker is busy. */
    private static final long BUFFER_WAIT_MILLIS = 2000;

    private final Worker worker;
    private final SocketChannel channel;
    private boolean idle; // guarded by this
    private boolean ended; // guarded by this

    ClientConnection(Worker worker, SocketChannel channel) {
        this.worker = worker;
        this.channel = channel;
    }

    /** Serves until the client leaves, or the worker wants to end. */
    void run(@Nullable Status refusal) {
        try (channel) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (letIn(refusal)) {
                serve();
            }
        } catch (ProtocolException e) {
            worker.stats.broken.increment();
            log.warn("a client was cut off: {}", e.getMessage());
        } catch (IOException e) {
            if (!isEnded()) {
                worker.stats.broken.increment();
                log.debug("a client is gone: {}", e.getMessage());
            }
        }
    }

    private boolean letIn(@Nullable Status refusal) throws IOException {
        try (Stalls.Guard guard = worker.stalls.guard(channel, worker.options.stall())) {
            Status status = Handshake.asWorker(channel, worker.options.token(), BufferPool.MAX_BYTES, refusal, guard);
            if (status == Status.OK) {
                return true;
            }
            worker.stats.answered(status);
            log.warn("a client at {} was refused: {}", channel.getRemoteAddress(), status);
            if (status == Status.DENIED) {
                Reply.writeWords(channel, 0, status, "the client has another token than the worker", guard);
            }
            return false;
        }
    }

    private void serve() throws IOException {
        while (true) {
            ReadRequest request = next();
            if (request == null) {
                return;
            }
            worker.stats.requests.incrementAndGet();
            try (Stalls.Guard guard = worker.stalls.guard(channel, worker.options.stall())) {
                answer(request, guard);
            } finally {
                worker.stats.requests.decrementAndGet();
            }
        }
    }

    private @Nullable ReadRequest next() throws IOException {
        synchronized (this) {
            if (ended || worker.draining()) {
                return null;
            }
            idle = true;
        }
        try (Stalls.Guard guard = worker.stalls.guard(channel, worker.options.idle())) {
            return ReadRequest.read(channel, guard);
        } finally {
            synchronized (this) {
                idle = false;
            }
        }
    }

    private void answer(ReadRequest request, Stalls.Guard guard) throws IOException {
        Blob blob = request.blob();
        if (request.lengthBytes() < 1
                || request.lengthBytes() > BufferPool.MAX_BYTES
                || request.offset() < 0
                || request.offset() > blob.sizeBytes() - request.lengthBytes()) {
            say(request, Status.BAD_REQUEST, "the range does not lie in the blob, or is too long", guard);
            return;
        }
        ServedSource source = worker.sources.find(request.source());
        if (source == null) {
            say(request, Status.UNKNOWN_SOURCE, "source " + request.source() + " is not served here", guard);
            return;
        }
        if (!source.naming().fits(blob)) {
            say(request, Status.BAD_REQUEST, "blob " + blob.id() + " is not that of " + blob.key(), guard);
            return;
        }
        try (BufferPool.Buffer buffer = worker.replies.acquire(request.lengthBytes(), BUFFER_WAIT_MILLIS)) {
            if (buffer == null) {
                say(request, Status.BUSY, "no memory is left for replies; raise --memory", guard);
                return;
            }
            answer(request, ServedSources.cached(source, blob), buffer.segment(), guard);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void answer(ReadRequest request, Blob blob, MemorySegment to, Stalls.Guard guard)
            throws IOException, InterruptedException {
        int length = request.lengthBytes();
        if (!worker.cache.tryRead(blob, request.offset(), to, 0, length)) {
            String failure = read(request, blob, to, guard);
            if (failure != null) {
                say(request, Status.SOURCE_FAILED, failure, guard);
                return;
            }
        }
        Reply.writeBytes(channel, request, to, guard);
        worker.stats.answered(Status.OK);
        worker.stats.servedBytes.add(length);
    }

    /**
     * Reads through the cache on a thread of its own, and tells the client meanwhile that it goes on.
     *
     * @return why the bytes cannot be had; null if they are there
     */
    private @Nullable String read(ReadRequest request, Blob blob, MemorySegment to, Stalls.Guard guard)
            throws IOException, InterruptedException {
        Future<?> reading;
        try {
            reading = worker.readers.submit(() -> {
                worker.cache.read(blob, request.offset(), to, 0, request.lengthBytes());
                return null;
            });
        } catch (RejectedExecutionException e) {
            throw new IOException("the worker is closed", e);
        }
        try {
            while (true) {
                try {
                    reading.get(worker.options.progress().toMillis(), TimeUnit.MILLISECONDS);
                    return null;
                } catch (TimeoutException e) {
                    say(request, Status.PROGRESS, "", guard);
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause();
                    log.debug("blob {} cannot be read", blob.key(), cause);
                    return cause == null ? "it cannot be read" : String.valueOf(cause.getMessage());
                }
            }
        } finally {
            // The buffer goes back to the pool: nobody may write into it any more.
            awaitEnd(reading);
        }
    }

    /** The client may be gone; the fetch goes on, since others may wait for it. */
    private static void awaitEnd(Future<?> reading) throws InterruptedException {
        try {
            reading.get();
        } catch (ExecutionException e) {
            log.trace("told already", e.getCause());
        }
    }

    private void say(ReadRequest request, Status status, String words, Stalls.Guard guard) throws IOException {
        worker.stats.answered(status);
        Reply.writeWords(channel, request.id(), status, words, guard);
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    /** Ends the connection if no request is being answered. */
    synchronized void endIfIdle() {
        if (idle) {
            cut();
        }
    }

    /** Ends the connection whatever it does. */
    synchronized void cut() {
        ended = true;
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing a connection: {}", e.getMessage());
        }
    }
}

package dev.leat.worker.server;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BufferPool;
import dev.leat.worker.wire.Stalls;
import dev.leat.worker.wire.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the bytes of a cache to mounts over a socket of its own protocol. Each connection has a virtual thread that takes one
 * request after the other; a range that is not here is fetched by the cache, which lets all who want it wait for one
 * fetch. The memory for replies is bounded by a pool of its own, so that replies never keep a fetch from its buffer.
 */
public final class Worker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);

    /** Requests of clients that wait to be accepted: a job's nodes start at the same time. */
    private static final int BACKLOG = 1024;

    private static final Duration STEP = Duration.ofMillis(10);
    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);

    final WorkerOptions options;
    final BlobCache cache;
    final ServedSources sources;
    final BufferPool replies;
    final Stalls stalls = new Stalls("worker-stalls");
    final WorkerStats stats = new WorkerStats();
    final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private final ServerSocketChannel listener;
    private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    private Worker(
            WorkerOptions options,
            BlobCache cache,
            ServedSources sources,
            BufferPool replies,
            ServerSocketChannel listener) {
        this.options = options;
        this.cache = cache;
        this.sources = sources;
        this.replies = replies;
        this.listener = listener;
    }

    /**
     * Listens until closed.
     *
     * @param cache ends at {@code sources}; not closed with the worker
     * @param replies memory for replies on their way; its bound is the bound of bytes in flight
     */
    public static Worker listen(WorkerOptions options, BlobCache cache, ServedSources sources, BufferPool replies)
            throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        boolean done = false;
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(options.address(), BACKLOG);
            Worker worker = new Worker(options, cache, sources, replies, listener);
            Thread.ofVirtual().name("worker-accept").start(worker::accept);
            done = true;
            return worker;
        } finally {
            if (!done) {
                listener.close();
            }
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() throws IOException {
        return (InetSocketAddress) listener.getLocalAddress();
    }

    /** The counters as of now. */
    public WorkerSnapshot stats() {
        return stats.snapshot();
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                serve(listener.accept());
            } catch (ClosedChannelException e) {
                log.debug("the worker accepts no more connections");
            } catch (IOException e) {
                // Too many open files, for instance: those who are served go on, and give some back.
                log.warn("a connection could not be accepted: {}", e.getMessage());
                LockSupport.parkNanos(ACCEPT_PAUSE.toNanos());
            }
        }
    }

    private void serve(SocketChannel channel) {
        stats.accepted.increment();
        ClientConnection connection = new ClientConnection(this, channel);
        int now = stats.connections.incrementAndGet();
        @Nullable Status refusal = draining ? Status.DRAINING : now > options.connectionsMax() ? Status.BUSY : null;
        connections.add(connection);
        Thread.ofVirtual().name("worker-client").start(() -> {
            try {
                connection.run(refusal);
            } finally {
                connections.remove(connection);
                stats.connections.decrementAndGet();
            }
        });
    }

    boolean draining() {
        return draining;
    }

    /**
     * Ends in good order: no new connections, idle ones are closed, and requests that are being answered are answered.
     *
     * @param patience longest wait for those
     * @return whether all were answered
     */
    public boolean drain(Duration patience) throws IOException {
        draining = true;
        listener.close();
        long end = System.nanoTime() + patience.toNanos();
        while (!connections.isEmpty() && System.nanoTime() < end) {
            connections.forEach(ClientConnection::endIfIdle);
            LockSupport.parkNanos(STEP.toNanos());
        }
        return connections.isEmpty();
    }

    @Override
    public void close() throws IOException {
        draining = true;
        listener.close();
        connections.forEach(ClientConnection::cut);
        readers.shutdownNow();
        try {
            // A reader copies into a reply's buffer: what it uses must outlive it.
            if (!readers.awaitTermination(options.stall().toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("the worker is closed while its source is still being read");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stalls.close();
    }
}

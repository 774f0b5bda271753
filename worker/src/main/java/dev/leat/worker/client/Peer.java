package dev.leat.worker.client;

import dev.leat.worker.wire.Handshake;
import dev.leat.worker.wire.ProtocolException;
import dev.leat.worker.wire.ReadRequest;
import dev.leat.worker.wire.Reply;
import dev.leat.worker.wire.Stalls;
import dev.leat.worker.wire.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker, as a mount sees it: connections to it, and whether it is worth asking. */
final class Peer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Peer.class);

    private final String member;
    private final PeerOptions options;
    private final Stalls stalls;
    private final Rest rest;
    private final Semaphore slots;
    private final Deque<SocketChannel> idle = new ArrayDeque<>(); // guarded by itself
    private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
    private final LongAdder servedBytes = new LongAdder();
    private volatile String trouble = "";
    private volatile boolean closed;

    Peer(String member, PeerOptions options, Stalls stalls) {
        this.member = member;
        this.options = options;
        this.stalls = stalls;
        this.rest = new Rest(options.pauseMin().toNanos(), options.pauseMax().toNanos());
        this.slots = new Semaphore(options.connectionsMax());
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, new LongAdder());
        }
    }

    /**
     * Asks the worker for a range.
     *
     * @return whether the bytes are there now; else {@code to} holds nothing of use
     * @throws InterruptedIOException when this thread was interrupted
     */
    boolean read(ReadRequest request, MemorySegment to) throws InterruptedIOException {
        if (!rest.mayAsk()) {
            count(Outcome.SKIPPED);
            return false;
        }
        Outcome outcome = Outcome.UNREACHABLE;
        try {
            outcome = ask(request, to);
        } catch (InterruptedIOException e) {
            rest.undecided();
            throw e;
        }
        count(outcome);
        switch (outcome) {
            case SERVED -> {
                servedBytes.add(request.lengthBytes());
                rest.good();
                trouble = "";
            }
            // The worker is well: only this read has to go elsewhere.
            case BUSY, SOURCE_FAILED -> rest.undecided();
            default -> rest.bad();
        }
        return outcome == Outcome.SERVED;
    }

    private void count(Outcome outcome) {
        LongAdder counter = outcomes.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    private Outcome ask(ReadRequest request, MemorySegment to) throws InterruptedIOException {
        try {
            if (!slots.tryAcquire(options.stall().toMillis(), TimeUnit.MILLISECONDS)) {
                return Outcome.BUSY;
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            SocketChannel old = pooled();
            if (old != null) {
                Outcome outcome = exchange(old, request, to);
                if (outcome != Outcome.UNREACHABLE) {
                    return outcome;
                }
                // The worker may have been restarted, or have closed a connection that was idle for long.
                closeIdle();
            }
            return fresh(request, to);
        } finally {
            slots.release();
        }
    }

    private Outcome fresh(ReadRequest request, MemorySegment to) throws InterruptedIOException {
        SocketChannel channel = null;
        boolean open = false;
        try {
            channel = connect();
            open = true;
        } catch (Handshake.Refused e) {
            return refused(e.status(), e.getMessage());
        } catch (ClosedByInterruptException e) {
            throw interrupted();
        } catch (ProtocolException e) {
            return failed(Outcome.CORRUPT, e);
        } catch (IOException e) {
            return failed(Outcome.UNREACHABLE, e);
        } finally {
            if (!open) {
                quietly(channel);
            }
        }
        return exchange(channel, request, to);
    }

    private SocketChannel connect() throws IOException {
        int colon = member.lastIndexOf(':');
        InetSocketAddress address =
                new InetSocketAddress(member.substring(0, colon).replaceAll("^\\[|\\]$", ""), port(colon));
        if (address.isUnresolved()) {
            throw new IOException("its name is not known");
        }
        SocketChannel channel = SocketChannel.open();
        boolean done = false;
        try {
            try (Stalls.Guard guard = stalls.guard(channel, options.connect())) {
                channel.connect(address);
                guard.touch();
            }
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            try (Stalls.Guard guard = stalls.guard(channel, options.stall())) {
                Handshake.asClient(channel, options.token(), guard);
            }
            done = true;
            return channel;
        } finally {
            if (!done) {
                quietly(channel);
            }
        }
    }

    private int port(int colon) {
        return Integer.parseInt(member.substring(colon + 1));
    }

    /** Sends the request and takes the answer; the connection is kept if it is still of use. */
    private Outcome exchange(SocketChannel channel, ReadRequest request, MemorySegment to)
            throws InterruptedIOException {
        boolean reusable = false;
        try (Stalls.Guard guard = stalls.guard(channel, options.stall())) {
            try {
                request.write(channel, guard);
                Reply.read(channel, request, to, guard);
                reusable = true;
                return Outcome.SERVED;
            } catch (Reply.Declined e) {
                reusable = e.status() != Status.DENIED && e.status() != Status.DRAINING;
                return refused(e.status(), e.getMessage());
            } catch (ProtocolException e) {
                return failed(Outcome.CORRUPT, e);
            } catch (ClosedByInterruptException e) {
                throw interrupted();
            } catch (IOException e) {
                return failed(guard.stalled() ? Outcome.STALLED : Outcome.UNREACHABLE, e);
            }
        } finally {
            if (reusable) {
                keep(channel);
            } else {
                quietly(channel);
            }
        }
    }

    private Outcome refused(Status status, @Nullable String words) {
        Outcome outcome =
                switch (status) {
                    case BUSY -> Outcome.BUSY;
                    case DRAINING -> Outcome.DRAINING;
                    case SOURCE_FAILED -> Outcome.SOURCE_FAILED;
                    case OK, PROGRESS, DENIED, VERSION, UNKNOWN_SOURCE, BAD_REQUEST -> Outcome.REFUSED;
                };
        tell(outcome, words);
        return outcome;
    }

    private Outcome failed(Outcome outcome, IOException cause) {
        tell(outcome, outcome == Outcome.STALLED ? "no sign of it for " + options.stall() : cause.getMessage());
        return outcome;
    }

    private void tell(Outcome outcome, @Nullable String words) {
        String text = outcome.name().toLowerCase(Locale.ROOT) + ": " + words;
        if (!text.equals(trouble)) {
            log.warn("worker {}: {}; its blocks are read from the store", member, text);
            trouble = text;
        }
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while a worker was asked");
    }

    private @Nullable SocketChannel pooled() {
        synchronized (idle) {
            return idle.pollLast();
        }
    }

    private void keep(SocketChannel channel) {
        synchronized (idle) {
            if (!closed) {
                idle.addLast(channel);
                return;
            }
        }
        quietly(channel);
    }

    private void closeIdle() {
        synchronized (idle) {
            idle.forEach(Peer::quietly);
            idle.clear();
        }
    }

    private static void quietly(@Nullable SocketChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing a connection: {}", e.getMessage());
        }
    }

    PeerSnapshot snapshot() {
        Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
        outcomes.forEach((outcome, count) -> counts.put(outcome, count.sum()));
        return new PeerSnapshot(member, rest.over(), trouble, counts, servedBytes.sum());
    }

    @Override
    public void close() {
        closed = true;
        closeIdle();
    }
}

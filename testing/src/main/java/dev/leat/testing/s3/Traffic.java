package dev.leat.testing.s3;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a server was asked and what it sent, per kind of request. */
public final class Traffic {
    private final Map<S3Operation, Count> counts = new EnumMap<>(S3Operation.class);
    private final LongAdder broken = new LongAdder();

    private static final class Count {
        private final LongAdder requests = new LongAdder();
        private final LongAdder received = new LongAdder();
        private final LongAdder sent = new LongAdder();
        private volatile Map<String, String> lastHeaders = Map.of();
    }

    Traffic() {
        for (S3Operation operation : S3Operation.values()) {
            counts.put(operation, new Count());
        }
    }

    private Count of(S3Operation operation) {
        Count count = counts.get(operation);
        if (count == null) {
            throw new IllegalStateException("no counter for " + operation);
        }
        return count;
    }

    void brokenConnection() {
        broken.increment();
    }

    /** Connections that ended by an error rather than an orderly close; faults cause some, and so do clients. */
    public long brokenConnections() {
        return broken.sum();
    }

    /** The headers of the last request of this kind, by name in lower case; empty if there was none. */
    public Map<String, String> lastHeaders(S3Operation operation) {
        return of(operation).lastHeaders;
    }

    void request(S3Operation operation, Map<String, String> headers, long bodyBytes) {
        of(operation).lastHeaders = Map.copyOf(headers);
        of(operation).requests.increment();
        of(operation).received.add(bodyBytes);
    }

    void sent(S3Operation operation, long bodyBytes) {
        of(operation).sent.add(bodyBytes);
    }

    /** Requests of this kind that arrived whole. */
    public long requests(S3Operation operation) {
        return of(operation).requests.sum();
    }

    /** All requests that arrived whole. */
    public long requests() {
        long sum = 0;
        for (Count count : counts.values()) {
            sum += count.requests.sum();
        }
        return sum;
    }

    /** Bytes of bodies that came with requests of this kind. */
    public long bytesReceived(S3Operation operation) {
        return of(operation).received.sum();
    }

    /** Bytes of bodies that were sent in answer to requests of this kind. */
    public long bytesSent(S3Operation operation) {
        return of(operation).sent.sum();
    }

    /** Sets all to zero. */
    public void reset() {
        for (Count count : counts.values()) {
            count.requests.reset();
            count.received.reset();
            count.sent.reset();
        }
    }

    /** One line of the kinds that were asked. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        counts.forEach((operation, count) -> {
            if (count.requests.sum() > 0) {
                text.append(operation).append('=').append(count.requests.sum()).append(' ');
            }
        });
        return text.toString().strip();
    }
}

package dev.leat.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests to a store, with bytes, failures and latencies. Placed below {@link RetryingStore} it counts every
 * attempt.
 */
public final class MeteredStore implements ObjectStore {
    private final ObjectStore store;
    private final LongAdder inFlight = new LongAdder();
    private final Map<StoreOperation, Meter> meters = new EnumMap<>(StoreOperation.class);

    /** Meters {@code store}, which it closes when it is closed. */
    public MeteredStore(ObjectStore store) {
        this.store = store;
        for (StoreOperation operation : StoreOperation.values()) {
            meters.put(operation, new Meter());
        }
    }

    /** The counts so far. Requests that end meanwhile may be in some of them and not in others. */
    public StoreMetrics metrics() {
        Map<StoreOperation, StoreMetrics.Operation> operations = new EnumMap<>(StoreOperation.class);
        meters.forEach((operation, meter) -> {
            StoreMetrics.Operation counts = meter.counts();
            if (counts.requests() > 0) {
                operations.put(operation, counts);
            }
        });
        return new StoreMetrics(operations, inFlight.sum());
    }

    private static final class Meter {
        private final LongAdder bytes = new LongAdder();
        private final LongAdder totalNs = new LongAdder();
        private final List<LongAdder> buckets = new ArrayList<>();
        private final Map<StoreException.Kind, LongAdder> failures = new EnumMap<>(StoreException.Kind.class);

        Meter() {
            for (int i = 0; i <= StoreMetrics.BUCKETS_US.size(); i++) {
                buckets.add(new LongAdder());
            }
            for (StoreException.Kind kind : StoreException.Kind.values()) {
                failures.put(kind, new LongAdder());
            }
        }

        void add(long ns) {
            long us = TimeUnit.NANOSECONDS.toMicros(ns);
            int bucket = 0;
            while (bucket < StoreMetrics.BUCKETS_US.size() && us > StoreMetrics.BUCKETS_US.get(bucket)) {
                bucket++;
            }
            buckets.get(bucket).increment();
            totalNs.add(ns);
        }

        void fail(StoreException.Kind kind) {
            LongAdder count = failures.get(kind);
            if (count != null) {
                count.increment();
            }
        }

        StoreMetrics.Operation counts() {
            List<Long> counts = buckets.stream().map(LongAdder::sum).toList();
            Map<StoreException.Kind, Long> failed = new EnumMap<>(StoreException.Kind.class);
            failures.forEach((kind, count) -> {
                if (count.sum() > 0) {
                    failed.put(kind, count.sum());
                }
            });
            long requests = counts.stream().mapToLong(Long::longValue).sum();
            return new StoreMetrics.Operation(requests, bytes.sum(), totalNs.sum(), counts, failed);
        }
    }

    private interface Request<T> {
        T send() throws StoreException;
    }

    private <T> T metered(StoreOperation operation, long bytes, Request<T> request) throws StoreException {
        Meter meter = meters.get(operation);
        if (meter == null) {
            throw new AssertionError(operation);
        }
        long beginNs = System.nanoTime();
        inFlight.increment();
        try {
            T answer = request.send();
            meter.bytes.add(bytes);
            return answer;
        } catch (StoreException e) {
            meter.fail(e.kind());
            throw e;
        } finally {
            inFlight.decrement();
            meter.add(System.nanoTime() - beginNs);
        }
    }

    @Override
    public StoreCapabilities capabilities() {
        return store.capabilities();
    }

    @Override
    public String location() {
        return store.location();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        return metered(StoreOperation.HEAD, 0, () -> store.head(key));
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        metered(StoreOperation.GET, destination.remaining(), () -> {
            store.get(key, offset, destination, ifMatch);
            return true;
        });
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return metered(StoreOperation.PUT, body.remaining(), () -> store.put(key, body, condition));
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        MultipartUpload upload = metered(StoreOperation.UPLOAD, 0, () -> store.upload(key));
        return new MultipartUpload() {
            @Override
            public String id() {
                return upload.id();
            }

            @Override
            public void part(int number, ByteBuffer body) throws StoreException {
                metered(StoreOperation.PART, body.remaining(), () -> {
                    upload.part(number, body);
                    return true;
                });
            }

            @Override
            public ObjectInfo complete(PutCondition condition) throws StoreException {
                return metered(StoreOperation.COMPLETE, 0, () -> upload.complete(condition));
            }

            @Override
            public void abort() throws StoreException {
                metered(StoreOperation.ABORT, 0, () -> {
                    upload.abort();
                    return true;
                });
            }
        };
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return metered(StoreOperation.DELETE, 0, () -> store.delete(keys));
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return metered(StoreOperation.LIST, 0, () -> store.list(prefix, delimiter, after, limit));
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return metered(StoreOperation.PENDING, 0, () -> store.pendingUploads(prefix));
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        metered(StoreOperation.ABORT, 0, () -> {
            store.abort(upload);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}

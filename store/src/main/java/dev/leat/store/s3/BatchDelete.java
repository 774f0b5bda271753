package dev.leat.store.s3;

import dev.leat.store.DeleteFailure;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/** Deletes keys by the thousand, or one by one at servers that know no batches (such as Google's). */
final class BatchDelete {
    /** Single deletes under way at a time: enough to hide the round trip, few beside the connections. */
    private static final int SINGLE_CONCURRENCY = 32;

    private final Connection connection;

    BatchDelete(Connection connection) {
        this.connection = connection;
    }

    List<DeleteFailure> delete(Collection<String> keys, int batchMax) throws StoreException {
        List<String> all = List.copyOf(keys);
        List<DeleteFailure> failed = new ArrayList<>();
        for (int begin = 0; begin < all.size(); begin += batchMax) {
            List<String> batch = all.subList(begin, Math.min(all.size(), begin + batchMax));
            failed.addAll(batch(batch));
        }
        return failed;
    }

    private List<DeleteFailure> batch(List<String> keys) throws StoreException {
        Dialect dialect = connection.dialect();
        if (dialect.batchDelete() && keys.size() > 1) {
            try {
                return together(keys);
            } catch (StoreException e) {
                if (!Failures.isUnknownCall(e)) {
                    throw e;
                }
                connection.learn(dialect.withBatchDelete(false));
            }
        }
        return singly(keys);
    }

    private List<DeleteFailure> together(List<String> keys) throws StoreException {
        List<ObjectIdentifier> names = keys.stream()
                .map(key ->
                        ObjectIdentifier.builder().key(connection.inBucket(key)).build())
                .toList();
        DeleteObjectsResponse done = connection.call(
                "delete from",
                null,
                s3 -> s3.deleteObjects(r -> r.bucket(connection.bucket())
                        .delete(d -> d.objects(names).quiet(true))
                        .overrideConfiguration(connection.plain())));
        int cut = connection.options().prefix().length();
        return done.errors().stream()
                .filter(error -> !"NoSuchKey".equals(error.code()))
                .map(error -> new DeleteFailure(
                        error.key().substring(cut),
                        error.code() + (error.message() == null ? "" : ": " + error.message())))
                .toList();
    }

    private List<DeleteFailure> singly(List<String> keys) throws StoreException {
        if (keys.size() == 1) {
            single(keys.getFirst());
            return List.of();
        }
        List<DeleteFailure> failed = new ArrayList<>();
        Semaphore slots = new Semaphore(SINGLE_CONCURRENCY);
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String key : keys) {
                running.add(threads.submit(() -> {
                    slots.acquire();
                    try {
                        single(key);
                    } finally {
                        slots.release();
                    }
                    return null;
                }));
            }
            for (int i = 0; i < running.size(); i++) {
                await(keys.get(i), running.get(i), failed);
            }
        }
        return failed;
    }

    private void await(String key, Future<?> one, List<DeleteFailure> failed) throws StoreException {
        try {
            one.get();
        } catch (ExecutionException e) {
            failed.add(new DeleteFailure(
                    key, String.valueOf(e.getCause() == null ? e : e.getCause().getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted while deleting from " + connection.where(null), e);
        }
    }

    private void single(String key) throws StoreException {
        String name = connection.inBucket(key);
        try {
            connection.call(
                    "delete",
                    name,
                    s3 -> s3.deleteObject(
                            r -> r.bucket(connection.bucket()).key(name).overrideConfiguration(connection.plain())));
        } catch (StoreException e) {
            boolean gone = e.kind() == Kind.NOT_FOUND && !Failures.isMissingBucket(e);
            if (!gone) {
                throw e;
            }
        }
    }
}

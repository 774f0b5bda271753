package dev.leat.cli.bench;

import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Tries whether a store does what Leat needs, and how fast. Works under a prefix of its own, which it removes. */
public final class StoreBench {
    private static final int SMALL_BYTES = 128 << 10;
    private static final int LARGE_BYTES = 4 << 20;

    /** Most keys of one batch delete. */
    private static final int BATCH_KEYS = 500;

    private final ObjectStore store;
    private final String prefix;
    private final byte[] large = new byte[LARGE_BYTES];

    /** One thing that a store must do. */
    public record Check(String name, boolean passed, String detail) {}

    public StoreBench(ObjectStore store, long seed) {
        this.store = store;
        this.prefix = "leat-objbench-" + Long.toHexString(seed) + "/";
        new SplittableRandom(seed).nextBytes(large);
    }

    private interface Trial {
        boolean holds() throws IOException;
    }

    /** The functional part. */
    public List<Check> conformance() throws IOException {
        List<Check> checks = new ArrayList<>();
        byte[] body = Arrays.copyOf(large, 1000);
        String key = prefix + "a key/with ünïcode & signs+%20";
        check(checks, "put and head tell the size", () -> {
            store.put(key, ByteBuffer.wrap(body), PutCondition.ALWAYS);
            return store.head(key).sizeBytes() == body.length;
        });
        check(checks, "get gives the bytes back", () -> Arrays.equals(get(key, 0, body.length), body));
        check(checks, "get of a range", () -> Arrays.equals(get(key, 100, 50), Arrays.copyOfRange(body, 100, 150)));
        check(checks, "put replaces", () -> {
            store.put(key, ByteBuffer.wrap(body, 0, 10), PutCondition.ALWAYS);
            return store.head(key).sizeBytes() == 10;
        });
        check(
                checks,
                "a missing object is reported as such",
                () -> kind(() -> store.head(prefix + "missing")) == StoreException.Kind.NOT_FOUND);
        if (store.capabilities().conditionalPut()) {
            check(
                    checks,
                    "put only if absent is refused over an object",
                    () -> kind(() -> store.put(key, ByteBuffer.wrap(body), PutCondition.IF_ABSENT))
                            == StoreException.Kind.PRECONDITION_FAILED);
        }
        check(checks, "list shows it at once", () -> {
            ListPage page = store.list(prefix, null, null, 10);
            return page.objects().stream().map(ObjectInfo::key).toList().equals(List.of(key));
        });
        check(
                checks,
                "list folds folders",
                () -> store.list(prefix, "/", null, 10).prefixes().equals(List.of(prefix + "a key/")));
        check(checks, "upload in parts", () -> multipart(prefix + "parts"));
        check(checks, "delete, also of what is missing", () -> {
            List<DeleteFailure> failures = store.delete(List.of(key, prefix + "parts", prefix + "missing"));
            return failures.isEmpty()
                    && store.list(prefix, null, null, 10).objects().isEmpty();
        });
        return checks;
    }

    private boolean multipart(String key) throws StoreException {
        int part = Math.max(store.capabilities().partMinBytes(), 1 << 20);
        byte[] bytes = Arrays.copyOf(large, part);
        MultipartUpload upload = store.upload(key);
        upload.part(1, ByteBuffer.wrap(bytes));
        upload.part(2, ByteBuffer.wrap(bytes, 0, 100));
        upload.complete(PutCondition.ALWAYS);
        return store.head(key).sizeBytes() == part + 100L
                && Arrays.equals(get(key, part, 100), Arrays.copyOf(bytes, 100));
    }

    private byte[] get(String key, long offset, int length) throws StoreException {
        ByteBuffer to = ByteBuffer.allocate(length);
        store.get(key, offset, to, null);
        return to.array();
    }

    private interface Request {
        void send() throws StoreException;
    }

    private static StoreException.@org.jspecify.annotations.Nullable Kind kind(Request request) {
        try {
            request.send();
            return null;
        } catch (StoreException e) {
            return e.kind();
        }
    }

    private static void check(List<Check> into, String name, Trial trial) {
        try {
            boolean holds = trial.holds();
            into.add(new Check(name, holds, holds ? "" : "another answer than expected"));
        } catch (IOException e) {
            into.add(new Check(name, false, String.valueOf(e.getMessage())));
        }
    }

    /** The rates: {@code small} objects of 128 KiB and {@code big} ones of 4 MiB on {@code threads} threads. */
    public List<Phase> rates(int small, int big, int threads) throws IOException, InterruptedException {
        List<Phase> phases = new ArrayList<>();
        phases.addAll(size("128 KiB", small, SMALL_BYTES, threads));
        phases.addAll(size("4 MiB", big, LARGE_BYTES, threads));
        return phases;
    }

    private List<Phase> size(String title, int count, int bytes, int threads) throws IOException, InterruptedException {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(prefix + bytes + "/" + i);
        }
        List<Phase> phases = new ArrayList<>();
        long all = (long) count * bytes;
        phases.add(timed(
                "put " + title,
                keys,
                all,
                threads,
                key -> store.put(key, ByteBuffer.wrap(large, 0, bytes), PutCondition.ALWAYS)));
        phases.add(timed("get " + title, keys, all, threads, key -> get(key, 0, bytes)));
        phases.add(timed("head " + title, keys, 0, threads, store::head));
        phases.add(timed(
                "list " + title,
                keys.subList(0, Math.min(threads, count)),
                0,
                threads,
                _ -> store.list(prefix + bytes + "/", null, null, Math.min(1000, count))));
        long started = System.nanoTime();
        for (int at = 0; at < count; at += BATCH_KEYS) {
            store.delete(keys.subList(at, Math.min(count, at + BATCH_KEYS)));
        }
        phases.add(new Phase("delete " + title, count, 0, System.nanoTime() - started));
        return phases;
    }

    private static Phase timed(String name, List<String> keys, long bytes, int threads, Workers.Task<String> task)
            throws IOException, InterruptedException {
        long started = System.nanoTime();
        Workers.each(keys, threads, task);
        return new Phase(name, keys.size(), bytes, System.nanoTime() - started);
    }

    /** Removes whatever is left under the prefix. */
    public void clean() throws IOException {
        while (true) {
            List<String> left = store.list(prefix, null, null, BATCH_KEYS).objects().stream()
                    .map(ObjectInfo::key)
                    .toList();
            if (left.isEmpty()) {
                return;
            }
            List<DeleteFailure> failures = store.delete(left);
            if (!failures.isEmpty()) {
                throw new IOException("could not remove " + failures.size() + " objects under " + prefix + " of "
                        + store.location() + "; remove them by hand");
            }
        }
    }
}

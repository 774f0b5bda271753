package dev.leat.dataset.bucket;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.Keys;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bucket, or the part of it under a prefix, as directories: a slash in a key ends a directory's name, whether or not an
 * object marks the directory. Listings tell sizes and ETags, so nothing is asked for each object; every read carries
 * If-Match.
 */
public final class BucketSource implements Source {
    private static final int PAGE_ENTRIES = 1_000;

    private final OpenStore store;

    /** Reads from {@code store}, which is closed with it. */
    public BucketSource(OpenStore store) {
        this.store = store;
    }

    @Override
    public String location() {
        return store.store().location();
    }

    @Override
    public String kind() {
        return "s3";
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        String prefix = directory.isEmpty() ? "" : directory + "/";
        String after = null;
        ListPage page;
        do {
            page = store.store().list(prefix, "/", after, PAGE_ENTRIES);
            for (String folded : page.prefixes()) {
                String name = folded.substring(prefix.length(), folded.length() - 1);
                if (!sink.take(new SourceEntry(name, Facts.directory(Facts.UNKNOWN)))) {
                    return;
                }
            }
            for (ObjectInfo object : page.objects()) {
                if (!sink.take(new SourceEntry(object.key().substring(prefix.length()), facts(object)))) {
                    return;
                }
            }
            after = last(page);
        } while (page.truncated() && after != null);
    }

    /** The greatest entry, behind which the next page begins. */
    private static @Nullable String last(ListPage page) {
        String object =
                page.objects().isEmpty() ? null : page.objects().getLast().key();
        String prefix = page.prefixes().isEmpty() ? null : page.prefixes().getLast();
        if (object == null || prefix == null) {
            return object == null ? prefix : object;
        }
        return Keys.ORDER.compare(object, prefix) > 0 ? object : prefix;
    }

    private static Facts facts(ObjectInfo object) {
        String etag = object.etag();
        return Facts.file(object.sizeBytes(), object.modifiedEpochMs(), etag.isEmpty() ? null : etag);
    }

    @Override
    public Facts facts(String path) throws StoreException {
        Facts facts = facts(store.store().head(path));
        if (!facts.isConfirmed()) {
            throw new StoreException(
                    Kind.INVALID,
                    "the server gives no ETag of " + path + " in " + location()
                            + ": versions of it could not be told apart");
        }
        return facts;
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        try {
            store.store().get(path, offset, destination, version.validator());
        } catch (StoreException e) {
            // A server that does not know If-Match sends what it has; the ETag that comes with it is another one.
            if (e.kind() == Kind.CORRUPT && !Objects.equals(facts(path).validator(), version.validator())) {
                destination.position(position);
                throw new StoreException(
                        Kind.PRECONDITION_FAILED, path + " in " + location() + " is another version by now", e);
            }
            throw e;
        }
    }

    @Override
    public StoreMetrics metrics() {
        return store.metered().metrics();
    }

    @Override
    public long retries() {
        return store.retrying().retries();
    }

    @Override
    public long refusedRetries() {
        return store.retrying().refusedByBudget();
    }

    @Override
    public void close() {
        store.close();
    }
}

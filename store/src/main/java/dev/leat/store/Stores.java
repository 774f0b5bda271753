package dev.leat.store;

import dev.leat.store.file.FileStore;
import dev.leat.store.s3.S3Options;
import dev.leat.store.s3.S3Store;
import java.net.URI;

/** Opens stores by URL. */
public final class Stores {
    private Stores() {}

    /**
     * Opens a store with retries around limits around hedges around meters around the backend: each attempt waits for its turn and is
     * counted, and its time in the queue is no part of its latency. A directory must be there; whether a bucket can be
     * reached shows only with the first request.
     *
     * @throws StoreException if a directory cannot be used
     * @throws IllegalArgumentException with one line about options that do not fit together
     */
    public static OpenStore open(StoreUrl url, StoreOptions options) throws StoreException {
        ObjectStore backend =
                switch (url) {
                    case StoreUrl.Directory directory ->
                        options.makeDirectory() ? FileStore.create(directory.path()) : FileStore.open(directory.path());
                    case StoreUrl.Bucket bucket -> S3Store.open(s3Options(bucket, options));
                };
        MeteredStore metered = new MeteredStore(backend);
        HedgedStore hedged = options.hedge() && url instanceof StoreUrl.Bucket ? new HedgedStore(metered) : null;
        LimitedStore limited = new LimitedStore(hedged == null ? metered : hedged, options.limits());
        RetryingStore retrying = new RetryingStore(limited, options.retries());
        return new OpenStore(retrying, metered, retrying, hedged);
    }

    private static S3Options s3Options(StoreUrl.Bucket bucket, StoreOptions options) {
        URI endpoint = bucket.endpoint() == null ? options.endpoint() : bucket.endpoint();
        if (bucket.endpoint() != null
                && options.endpoint() != null
                && !bucket.endpoint().equals(options.endpoint())) {
            throw new IllegalArgumentException("the store " + bucket + " and the endpoint " + options.endpoint()
                    + " name two servers: give one of them");
        }
        return options.s3()
                .apply(S3Options.builder(bucket.name()).prefix(bucket.prefix()).endpoint(endpoint))
                .build();
    }
}

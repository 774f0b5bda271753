package dev.leat.store;

import dev.leat.store.s3.S3Options;
import java.net.URI;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a store is used, beside its {@link StoreUrl}. What only a bucket has is ignored for a directory.
 *
 * @param makeDirectory whether a missing directory is made, as {@code format} does, rather than refused
 * @param limits how much of the store this process may use
 * @param retries when failed requests are tried again
 * @param endpoint address of an S3 server, or null for the URL's or Amazon's
 * @param cloud what clouds other than Amazon's are told
 * @param s3 sets what else a bucket is told
 * @param hedge whether late ranges of a bucket are asked for twice, see {@link HedgedStore}
 */
public record StoreOptions(
        boolean makeDirectory,
        StoreLimits limits,
        RetryPolicy retries,
        @Nullable URI endpoint,
        Cloud cloud,
        UnaryOperator<S3Options.Builder> s3,
        boolean hedge) {
    /** Every default. */
    public static final StoreOptions DEFAULT =
            new StoreOptions(false, StoreLimits.NONE, RetryPolicy.DEFAULT, null, Cloud.DEFAULT, bucket -> bucket, true);

    /**
     * What a source at Google's or Microsoft's cloud is told.
     *
     * @param account storage account at Azure, or null for the one of the address or the environment
     * @param anonymous whether requests go without credentials
     * @param requesterPays whether who asks pays
     */
    public record Cloud(@Nullable String account, boolean anonymous, boolean requesterPays) {
        /** Nothing. */
        public static final Cloud DEFAULT = new Cloud(null, false, false);
    }

    /** The same, for a directory that is made if it is missing. */
    public StoreOptions makingDirectory() {
        return new StoreOptions(true, limits, retries, endpoint, cloud, s3, hedge);
    }

    /** The same with limits. */
    public StoreOptions withLimits(StoreLimits other) {
        return new StoreOptions(makeDirectory, other, retries, endpoint, cloud, s3, hedge);
    }

    /** The same for a bucket of another server and with other settings. */
    public StoreOptions withS3(@Nullable URI server, UnaryOperator<S3Options.Builder> settings) {
        return new StoreOptions(makeDirectory, limits, retries, server, cloud, settings, hedge);
    }

    /** The same with other words for the clouds. */
    public StoreOptions withCloud(Cloud other) {
        return new StoreOptions(makeDirectory, limits, retries, endpoint, other, s3, hedge);
    }

    /** The same with or without second requests. */
    public StoreOptions withHedge(boolean other) {
        return new StoreOptions(makeDirectory, limits, retries, endpoint, cloud, s3, other);
    }
}

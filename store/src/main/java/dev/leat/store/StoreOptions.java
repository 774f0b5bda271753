package dev.leat.store;

import dev.leat.store.s3.Dialect;
import dev.leat.store.s3.S3Credentials;
import dev.leat.store.s3.S3Encryption;
import dev.leat.store.s3.S3Proxy;
import dev.leat.store.s3.S3Timeouts;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a store is used, beside its {@link StoreUrl}. What only a bucket has is ignored for a directory. {@link #builder} has
 * the defaults.
 *
 * @param makeDirectory whether a missing directory is made, as {@code format} does, rather than refused
 * @param limits how much of the store this process may use
 * @param retries when failed requests are tried again
 * @param endpoint address of an S3 server, or null for the URL's or Amazon's
 * @param region region to sign for, or null for the environment's
 * @param dialect how the server speaks, or null to recognise it
 * @param pathStyle whether the bucket stands in the path, or null as the dialect says
 * @param credentials who to speak as
 * @param encryption how the server encrypts
 * @param requesterPays whether to accept the costs of a requester-pays bucket
 * @param caBundle PEM file of certificate authorities to trust besides the JDK's, or null
 * @param proxy proxy to go through, or null for the environment's
 * @param timeouts how long to wait for what
 */
public record StoreOptions(
        boolean makeDirectory,
        StoreLimits limits,
        RetryPolicy retries,
        @Nullable URI endpoint,
        @Nullable String region,
        @Nullable Dialect dialect,
        @Nullable Boolean pathStyle,
        S3Credentials credentials,
        S3Encryption encryption,
        boolean requesterPays,
        @Nullable Path caBundle,
        @Nullable S3Proxy proxy,
        S3Timeouts timeouts) {
    /** Every default. */
    public static final StoreOptions DEFAULT = builder().build();

    /** Options with every default. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. */
    public static final class Builder {
        private boolean makeDirectory;
        private StoreLimits limits = StoreLimits.NONE;
        private RetryPolicy retries = RetryPolicy.DEFAULT;
        private @Nullable URI endpoint;
        private @Nullable String region;
        private @Nullable Dialect dialect;
        private @Nullable Boolean pathStyle;
        private S3Credentials credentials = new S3Credentials.DefaultChain(null);
        private S3Encryption encryption = new S3Encryption.BucketDefault();
        private boolean requesterPays;
        private @Nullable Path caBundle;
        private @Nullable S3Proxy proxy;
        private S3Timeouts timeouts = S3Timeouts.DEFAULT;

        private Builder() {}

        /** Makes a missing directory. */
        public Builder makeDirectory(boolean make) {
            this.makeDirectory = make;
            return this;
        }

        /** How much of the store this process may use; no limits if not set. */
        public Builder limits(StoreLimits value) {
            this.limits = value;
            return this;
        }

        /** When failed requests are tried again; {@link RetryPolicy#DEFAULT} if not set. */
        public Builder retries(RetryPolicy value) {
            this.retries = value;
            return this;
        }

        /** Address of the server; null for the URL's or Amazon's. */
        public Builder endpoint(@Nullable URI address) {
            this.endpoint = address;
            return this;
        }

        /** Region to sign for; null for the environment's. */
        public Builder region(@Nullable String name) {
            this.region = name;
            return this;
        }

        /** How the server speaks; null to recognise it. */
        public Builder dialect(@Nullable Dialect value) {
            this.dialect = value;
            return this;
        }

        /** Whether the bucket stands in the path; null as the dialect says. */
        public Builder pathStyle(@Nullable Boolean style) {
            this.pathStyle = style;
            return this;
        }

        /** Who to speak as; the default chain if not set. */
        public Builder credentials(S3Credentials value) {
            this.credentials = value;
            return this;
        }

        /** How the server encrypts; as the bucket says if not set. */
        public Builder encryption(S3Encryption value) {
            this.encryption = value;
            return this;
        }

        /** Accepts the costs of a requester-pays bucket. */
        public Builder requesterPays(boolean accept) {
            this.requesterPays = accept;
            return this;
        }

        /** PEM file of further certificate authorities. */
        public Builder caBundle(@Nullable Path file) {
            this.caBundle = file;
            return this;
        }

        /** Proxy to go through; null for the environment's. */
        public Builder proxy(@Nullable S3Proxy value) {
            this.proxy = value;
            return this;
        }

        /** How long to wait for what; {@link S3Timeouts#DEFAULT} if not set. */
        public Builder timeouts(S3Timeouts value) {
            this.timeouts = value;
            return this;
        }

        /** The options. */
        public StoreOptions build() {
            return new StoreOptions(
                    makeDirectory,
                    limits,
                    retries,
                    endpoint,
                    region,
                    dialect,
                    pathStyle,
                    credentials,
                    encryption,
                    requesterPays,
                    caBundle,
                    proxy,
                    timeouts);
        }
    }
}

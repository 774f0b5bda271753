package dev.leat.store.s3;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an S3 store can be told; {@link #builder} has the defaults.
 *
 * @param bucket name of the bucket
 * @param prefix what every key begins with in the bucket: empty, or ending in a slash
 * @param endpoint address of the server, or null for Amazon's of the region
 * @param region region to sign for, or null for the environment's, else found by the first answer
 * @param dialect how the server speaks, or null to recognise it by its first answer
 * @param pathStyle whether the bucket stands in the path rather than the host name, or null as the dialect says
 * @param credentials who to speak as
 * @param encryption how the server encrypts
 * @param requesterPays whether to accept the costs of a requester-pays bucket
 * @param caBundle PEM file of certificate authorities to trust besides the JDK's, or null
 * @param proxy proxy to go through, or null for the environment's ({@code HTTPS_PROXY}, {@code NO_PROXY})
 * @param timeouts how long to wait for what
 * @param connectionsMax most connections open at a time; more requests wait for one
 * @param connectionTtl age after which a connection is not used again, so that new addresses of the server are noticed
 * @param connectionIdleMax time after which an unused connection is closed; below what servers wait (20 s at Amazon)
 * @param warm whether to load the client and open a connection in the background at once; it takes most of a second
 */
public record S3Options(
        String bucket,
        String prefix,
        @Nullable URI endpoint,
        @Nullable String region,
        @Nullable Dialect dialect,
        @Nullable Boolean pathStyle,
        S3Credentials credentials,
        S3Encryption encryption,
        boolean requesterPays,
        @Nullable Path caBundle,
        @Nullable S3Proxy proxy,
        S3Timeouts timeouts,
        int connectionsMax,
        Duration connectionTtl,
        Duration connectionIdleMax,
        boolean warm) {

    /** Checks the values. */
    public S3Options {
        if (bucket.isEmpty() || bucket.indexOf('/') >= 0) {
            throw new IllegalArgumentException("'" + bucket + "' is no bucket name: write s3://BUCKET/PREFIX");
        }
        if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
            throw new IllegalArgumentException("prefix '" + prefix + "' must end, and not begin, with a slash");
        }
        if (endpoint != null && (endpoint.getHost() == null || endpoint.getScheme() == null)) {
            throw new IllegalArgumentException("the endpoint is no address: write https://HOST or http://HOST:PORT");
        }
        if (endpoint != null && endpoint.getUserInfo() != null) {
            throw new IllegalArgumentException("the endpoint https://…@" + endpoint.getHost()
                    + " holds credentials: leave them out and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        }
        if (connectionsMax < 1) {
            throw new IllegalArgumentException("at least one connection is needed, not " + connectionsMax);
        }
    }

    /** Options of a bucket with every default. */
    public static Builder builder(String bucket) {
        return new Builder(bucket);
    }

    /** Collects options. */
    public static final class Builder {
        private final String bucket;
        private String prefix = "";
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
        private int connectionsMax = 256;
        private Duration connectionTtl = Duration.ofMinutes(10);
        private Duration connectionIdleMax = Duration.ofSeconds(15);
        private boolean warm = true;

        private Builder(String bucket) {
            this.bucket = bucket;
        }

        /** What every key begins with; a missing slash at the end is added. */
        public Builder prefix(String text) {
            this.prefix = text.isEmpty() || text.endsWith("/") ? text : text + "/";
            return this;
        }

        /** Address of the server; null for Amazon's. */
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

        /** How long to wait for what. */
        public Builder timeouts(S3Timeouts value) {
            this.timeouts = value;
            return this;
        }

        /** Most connections open at a time; 256 if not set. */
        public Builder connectionsMax(int count) {
            this.connectionsMax = count;
            return this;
        }

        /** Age at which connections are replaced; 10 min if not set. */
        public Builder connectionTtl(Duration age) {
            this.connectionTtl = age;
            return this;
        }

        /** Time after which an unused connection is closed; 15 s if not set. */
        public Builder connectionIdleMax(Duration time) {
            this.connectionIdleMax = time;
            return this;
        }

        /** Whether to load the client in the background at once; true if not set. */
        public Builder warm(boolean atOnce) {
            this.warm = atOnce;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException with one line that says what is wrong
         */
        public S3Options build() {
            return new S3Options(
                    bucket,
                    prefix,
                    endpoint,
                    region,
                    dialect,
                    pathStyle,
                    credentials,
                    encryption,
                    requesterPays,
                    caBundle,
                    proxy,
                    timeouts,
                    connectionsMax,
                    connectionTtl,
                    connectionIdleMax,
                    warm);
        }
    }

    /** Where the store lies, without credentials. */
    String location() {
        String url = "s3://" + bucket + "/" + prefix;
        return endpoint == null ? url : url + " at " + endpoint.getScheme() + "://" + endpoint.getAuthority();
    }

    /** The endpoint for messages. */
    String server() {
        return endpoint == null ? "Amazon S3" : endpoint.getScheme() + "://" + endpoint.getAuthority();
    }
}

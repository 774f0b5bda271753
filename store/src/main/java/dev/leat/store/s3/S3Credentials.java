package dev.leat.store.s3;

import org.jspecify.annotations.Nullable;

/** Who a store speaks as. No {@code toString} here shows a secret. */
public sealed interface S3Credentials {

    /**
     * The usual places, in the SDK's order: system properties, environment, web identity token, shared profile files,
     * container and instance credentials.
     *
     * @param profile name of the shared profile, or null for {@code AWS_PROFILE} or {@code default}
     */
    record DefaultChain(@Nullable String profile) implements S3Credentials {}

    /**
     * Given keys.
     *
     * @param accessKey access key id
     * @param secretKey secret access key
     * @param sessionToken token of temporary keys, else null
     */
    record Keys(
            String accessKey, String secretKey, @Nullable String sessionToken) implements S3Credentials {
        @Override
        public String toString() {
            return "Keys[redacted]";
        }
    }

    /** Unsigned requests, for public buckets. */
    record Anonymous() implements S3Credentials {}
}

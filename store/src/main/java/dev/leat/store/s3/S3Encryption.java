package dev.leat.store.s3;

import org.jspecify.annotations.Nullable;

/** How the server encrypts what is written to it. No {@code toString} here shows a key. */
public sealed interface S3Encryption {

    /** As the bucket is configured. */
    record BucketDefault() implements S3Encryption {}

    /** SSE-S3: with keys that the server manages. */
    record ServerKeys() implements S3Encryption {}

    /**
     * SSE-KMS: with a key of the key service.
     *
     * @param keyId id or ARN of the key, or null for the account's default
     */
    record Kms(@Nullable String keyId) implements S3Encryption {}

    /**
     * SSE-C: with a key that is sent along with every request and that the server forgets. Needs HTTPS on most servers.
     *
     * @param key 32 bytes of AES-256; not changed after it is handed over
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, printed or kept elsewhere
    record CustomerKey(byte[] key) implements S3Encryption {
        /** Checks the length. */
        public CustomerKey {
            if (key.length != 32) {
                throw new IllegalArgumentException(
                        "an SSE-C key has 32 bytes (AES-256), this one " + key.length + ": give 32 bytes in Base64");
            }
        }

        @Override
        public String toString() {
            return "CustomerKey[redacted]";
        }
    }
}

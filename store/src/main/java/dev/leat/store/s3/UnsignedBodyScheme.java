package dev.leat.store.s3;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignRequest;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignedRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.IdentityProviders;

/**
 * Signature version 4 without a SHA-256 of bodies that carry a CRC32C header. Over HTTPS that is the SDK's own habit;
 * over plain HTTP it hashes every body, which costs a third to a half of a core's throughput and protects from nobody
 * who can read and replay plain requests anyway. The CRC, which is part of what is signed, still catches every change
 * by accident.
 */
final class UnsignedBodyScheme implements AwsV4AuthScheme {
    private static final String CRC_HEADER = "x-amz-checksum-crc32c";

    private final AwsV4AuthScheme standard = AwsV4AuthScheme.create();
    private final AwsV4HttpSigner signer = new Signer(standard.signer());

    @Override
    public String schemeId() {
        return standard.schemeId();
    }

    @Override
    public IdentityProvider<AwsCredentialsIdentity> identityProvider(IdentityProviders providers) {
        return standard.identityProvider(providers);
    }

    @Override
    public AwsV4HttpSigner signer() {
        return signer;
    }

    /** Signs as the SDK does, except that a body with a CRC32C is declared unsigned. */
    private record Signer(AwsV4HttpSigner standard) implements AwsV4HttpSigner {

        @Override
        public SignedRequest sign(SignRequest<? extends AwsCredentialsIdentity> request) {
            boolean crc = request.request().firstMatchingHeader(CRC_HEADER).isPresent();
            if (!crc || request.payload().isEmpty()) {
                return standard.sign(request);
            }
            // without a payload in sight the signer writes UNSIGNED-PAYLOAD; the real one is put back afterwards
            SignRequest.Builder<AwsCredentialsIdentity> bodiless = SignRequest.builder(
                            (AwsCredentialsIdentity) request.identity())
                    .request(request.request())
                    .putProperty(REGION_NAME, request.property(REGION_NAME))
                    .putProperty(SERVICE_SIGNING_NAME, request.property(SERVICE_SIGNING_NAME))
                    .putProperty(DOUBLE_URL_ENCODE, request.property(DOUBLE_URL_ENCODE))
                    .putProperty(NORMALIZE_PATH, request.property(NORMALIZE_PATH))
                    .putProperty(PAYLOAD_SIGNING_ENABLED, false);
            if (request.hasProperty(SIGNING_CLOCK)) {
                bodiless.putProperty(SIGNING_CLOCK, request.property(SIGNING_CLOCK));
            }
            SignedRequest signed = standard.sign(bodiless.build());
            return SignedRequest.builder()
                    .request(signed.request())
                    .payload(request.payload().get())
                    .build();
        }

        @Override
        public CompletableFuture<AsyncSignedRequest> signAsync(
                AsyncSignRequest<? extends AwsCredentialsIdentity> request) {
            return standard.signAsync(request);
        }
    }
}

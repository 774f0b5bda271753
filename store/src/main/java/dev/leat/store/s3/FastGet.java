package dev.leat.store.s3;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * Ranged GETs without the SDK's request pipeline: the SDK's HTTP client, credentials and signer, put together by hand.
 * Reads are nearly all of the requests, and the pipeline's interceptors, endpoint rules and marshalling take 0.4 to 0.6 ms
 * of a core for each, several times what signing and receiving 112 KiB take.
 */
final class FastGet implements AutoCloseable {
    private static final Pattern CODE = Pattern.compile("<Code>([^<]{1,100})</Code>");
    private static final Pattern MESSAGE = Pattern.compile("<Message>([^<]{1,1000})</Message>");
    private static final int ERROR_BYTES_MAX = 64 << 10;

    private final SdkHttpClient http;
    private final AwsCredentialsProvider credentials;
    private final boolean anonymous;
    private final String region;
    private final URI base;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final ScheduledExecutorService watch;

    /**
     * Reads from the bucket at {@code base}.
     *
     * @param base address of the bucket, to which a slash and the key are added
     */
    FastGet(SdkHttpClient http, AwsCredentialsProvider credentials, boolean anonymous, String region, URI base) {
        this.http = http;
        this.credentials = credentials;
        this.anonymous = anonymous;
        this.region = region;
        this.base = base;
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("s3-deadlines").factory());
        pool.setRemoveOnCancelPolicy(true);
        this.watch = Executors.unconfigurableScheduledExecutorService(pool);
    }

    /** Takes an answer whose status is 200 or 206. */
    @FunctionalInterface
    interface Body {
        void read(SdkHttpResponse answer, InputStream body) throws IOException;
    }

    /** A request for a key of the bucket, to which headers can be added. */
    SdkHttpRequest.Builder request(String key) {
        return SdkHttpRequest.builder()
                .method(SdkHttpMethod.GET)
                .uri(base)
                .encodedPath(base.getRawPath() + "/" + SdkHttpUtils.urlEncodeIgnoreSlashes(key))
                .putHeader("User-Agent", "leat");
    }

    /**
     * Sends a request and lets {@code body} take the answer.
     *
     * @throws S3Exception as the SDK's client does, for another status
     * @throws ApiCallTimeoutException when the time is over
     */
    void send(SdkHttpRequest request, Duration timeout, Body body) throws IOException {
        ExecutableHttpRequest executable = http.prepareRequest(
                HttpExecuteRequest.builder().request(signed(request)).build());
        AtomicBoolean late = new AtomicBoolean();
        ScheduledFuture<?> deadline = watch.schedule(
                () -> {
                    late.set(true);
                    executable.abort();
                },
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        boolean done = false;
        try {
            HttpExecuteResponse response = executable.call();
            AbortableInputStream stream = response.responseBody().orElseGet(AbortableInputStream::createEmpty);
            SdkHttpResponse answer = response.httpResponse();
            if (answer.statusCode() != 200 && answer.statusCode() != 206) {
                throw failure(answer, stream);
            }
            body.read(answer, stream);
            stream.close();
            done = true;
        } catch (IOException | RuntimeException e) {
            if (late.get()) {
                throw ApiCallTimeoutException.create(timeout.toMillis());
            }
            throw e;
        } finally {
            deadline.cancel(false);
            if (!done) {
                executable.abort();
            }
        }
    }

    private SdkHttpRequest signed(SdkHttpRequest request) {
        if (anonymous) {
            return request;
        }
        AwsCredentialsIdentity identity = credentials.resolveCredentials();
        return signer.sign(SignRequest.builder(identity)
                        .request(request)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                        .putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                        .build())
                .request();
    }

    private static S3Exception failure(SdkHttpResponse answer, InputStream body) throws IOException {
        String text = new String(body.readNBytes(ERROR_BYTES_MAX), StandardCharsets.UTF_8);
        AwsErrorDetails details = AwsErrorDetails.builder()
                .serviceName("S3")
                .errorCode(first(CODE, text))
                .errorMessage(first(MESSAGE, text))
                .sdkHttpResponse(answer)
                .build();
        return (S3Exception) S3Exception.builder()
                .statusCode(answer.statusCode())
                .requestId(answer.firstMatchingHeader("x-amz-request-id").orElse(null))
                .awsErrorDetails(details)
                .message(first(CODE, text))
                .build();
    }

    private static @Nullable String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : null;
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}

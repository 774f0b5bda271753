package dev.leat.store.s3;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The SDK's client of one store, made when it is first needed, and what is known about the server.
 *
 * <p>Making the client and sending its first request takes most of a second in a cold JVM, so a store asks for it in the
 * background as soon as it is opened; whoever comes earlier waits for the same client. {@code building} guards its
 * making and its closing, {@code learning} the first look at the server, which needs the client: the order is learning
 * before building.
 */
final class Connection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final S3Options options;
    private final Failures failures;
    private final AwsRequestOverrideConfiguration plain;
    private final AwsRequestOverrideConfiguration keyed;
    private final AwsRequestOverrideConfiguration encrypted;
    private final ReentrantLock building = new ReentrantLock();
    private final ReentrantLock learning = new ReentrantLock();
    private volatile ClientFactory.@Nullable Client client;
    private volatile boolean fastGetWorks = true;
    private volatile boolean closed;
    private volatile @Nullable Dialect dialect;
    private volatile @Nullable Boolean conditionalPut;

    Connection(S3Options options) {
        this.options = options;
        this.failures = new Failures(options);
        this.dialect = options.dialect();
        this.plain = headers(false, false);
        this.keyed = headers(true, false);
        this.encrypted = headers(true, true);
        if (options.warm()) {
            Thread.ofVirtual().name("s3-warm").start(this::warm);
        }
    }

    private void warm() {
        try {
            client().s3().headBucket(r -> r.bucket(options.bucket()).overrideConfiguration(plain));
        } catch (StoreException | SdkException | IllegalStateException | RejectedExecutionException e) {
            // Whoever uses the store gets its own failure, and one that is closed meanwhile has no use for it.
            LOG.debug("no early connection to {}: {}", options.server(), e.toString());
        }
    }

    S3Options options() {
        return options;
    }

    /** The bucket's name. */
    String bucket() {
        return options.bucket();
    }

    /** A store's key as the bucket has it. */
    String inBucket(String key) {
        return options.prefix() + key;
    }

    /** Settings of a request about no object's bytes. */
    AwsRequestOverrideConfiguration plain() {
        return plain;
    }

    /** Settings of a request that reads an object: with the customer's key, if there is one. */
    AwsRequestOverrideConfiguration reading(long bodyBytes) {
        return withTime(keyed, options.timeouts().callWithBody(bodyBytes));
    }

    /** Settings of a request that sends a part. */
    AwsRequestOverrideConfiguration sendingPart(long bodyBytes) {
        return withTime(keyed, options.timeouts().callWithBody(bodyBytes));
    }

    /** Settings of a request that makes an object: with how to encrypt it. */
    AwsRequestOverrideConfiguration writing(long bodyBytes) {
        return withTime(encrypted, options.timeouts().callWithBody(bodyBytes));
    }

    /** Settings of the completion of an upload. */
    AwsRequestOverrideConfiguration completing() {
        return withTime(keyed, options.timeouts().complete());
    }

    private static AwsRequestOverrideConfiguration withTime(AwsRequestOverrideConfiguration base, Duration time) {
        return base.toBuilder().apiCallTimeout(time).apiCallAttemptTimeout(time).build();
    }

    private AwsRequestOverrideConfiguration headers(boolean customerKey, boolean makesObject) {
        AwsRequestOverrideConfiguration.Builder builder = AwsRequestOverrideConfiguration.builder();
        if (options.requesterPays()) {
            builder.putHeader("x-amz-request-payer", "requester");
        }
        switch (options.encryption()) {
            case S3Encryption.BucketDefault _ -> {}
            case S3Encryption.ServerKeys _ -> {
                if (makesObject) {
                    builder.putHeader("x-amz-server-side-encryption", "AES256");
                }
            }
            case S3Encryption.Kms kms -> {
                if (makesObject) {
                    builder.putHeader("x-amz-server-side-encryption", "aws:kms");
                    if (kms.keyId() != null) {
                        builder.putHeader("x-amz-server-side-encryption-aws-kms-key-id", kms.keyId());
                    }
                }
            }
            case S3Encryption.CustomerKey customer -> {
                if (customerKey) {
                    String header = "x-amz-server-side-encryption-customer-";
                    Base64.Encoder base64 = Base64.getEncoder();
                    builder.putHeader(header + "algorithm", "AES256")
                            .putHeader(header + "key", base64.encodeToString(customer.key()))
                            .putHeader(header + "key-MD5", base64.encodeToString(md5(customer.key())));
                }
            }
        }
        return builder.build();
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    /**
     * Runs one request.
     *
     * @param doing what it does, for messages: "read", "write", "list"
     * @param key key in the bucket, or null
     */
    <T> T call(String doing, @Nullable String key, Function<S3Client, T> request) throws StoreException {
        S3Client current = client().s3();
        try {
            return request.apply(current);
        } catch (SdkException | IllegalStateException e) {
            throw failure(doing, key, e);
        }
    }

    private StoreException failure(String doing, @Nullable String key, Throwable e) {
        return closed ? closedFailure(e) : failures.of(doing, key, e);
    }

    /**
     * Reads a range of an object.
     *
     * @param range value of the Range header
     * @param ifMatch value of the If-Match header, or null
     */
    void read(String key, String range, @Nullable String ifMatch, long length, FastGet.Body body)
            throws StoreException {
        ClientFactory.Client current = client();
        FastGet fast = current.fastGet();
        if (fast != null && fastGetWorks) {
            SdkHttpRequest.Builder request = fast.request(key).putHeader("Range", range);
            if (ifMatch != null) {
                request.putHeader("If-Match", ifMatch);
            }
            if (checksumsKnown()) {
                request.putHeader("x-amz-checksum-mode", "ENABLED");
            }
            keyed.headers().forEach(request::putHeader);
            try {
                fast.send(request.build(), options.timeouts().callWithBody(length), body);
                return;
            } catch (IOException | SdkException | IllegalStateException e) {
                if (!needsRedirect(e)) {
                    throw failure("read", key, e);
                }
                fastGetWorks = false;
            }
        }
        call(
                "read",
                key,
                s3 -> s3.getObject(
                        r -> r.bucket(options.bucket())
                                .key(key)
                                .range(range)
                                .ifMatch(ifMatch)
                                .overrideConfiguration(reading(length)),
                        (response, stream) -> {
                            body.read(response.sdkHttpResponse(), stream);
                            return response;
                        }));
    }

    /** Whether the SDK's client would find the bucket in its own region, where it was not told one. */
    private boolean needsRedirect(Exception e) {
        return options.endpoint() == null
                && options.region() == null
                && e instanceof AwsServiceException answer
                && (answer.statusCode() == 301 || answer.statusCode() == 307 || answer.statusCode() == 400);
    }

    /** The object or bucket and its server, for messages. */
    String where(@Nullable String key) {
        return failures.where(key);
    }

    private ClientFactory.Client client() throws StoreException {
        ClientFactory.Client current = client;
        if (current != null && !closed) {
            return current;
        }
        building.lock();
        try {
            if (closed) {
                throw closedFailure(null);
            }
            current = client;
            if (current == null) {
                current = ClientFactory.create(options);
                client = current;
            }
            return current;
        } finally {
            building.unlock();
        }
    }

    private StoreException closedFailure(@Nullable Throwable cause) {
        return new StoreException(Kind.INVALID, "the store " + options.location() + " is closed", cause);
    }

    /**
     * How the server speaks: as configured, or as its first answer tells, which may be an error. A server that cannot be
     * reached is asked again the next time.
     */
    Dialect dialect() throws StoreException {
        Dialect known = dialect;
        if (known != null) {
            return known;
        }
        learning.lock();
        try {
            known = dialect;
            if (known == null) {
                known = Dialect.isAws(options.endpoint()) ? Dialect.AWS : recognise();
                dialect = known;
            }
            return known;
        } finally {
            learning.unlock();
        }
    }

    private Dialect recognise() throws StoreException {
        SdkHttpResponse answer = call("ask about", null, s3 -> {
            try {
                return s3.headBucket(r -> r.bucket(options.bucket()).overrideConfiguration(plain))
                        .sdkHttpResponse();
            } catch (AwsServiceException refused) {
                SdkHttpResponse response = refused.awsErrorDetails() == null
                        ? null
                        : refused.awsErrorDetails().sdkHttpResponse();
                if (response == null) {
                    throw refused;
                }
                return response;
            }
        });
        Dialect found = Dialect.ofAnswer(
                answer.firstMatchingHeader("Server").orElse(""),
                answer.firstMatchingHeader("x-amz-request-id").orElse(""));
        LOG.debug("{} speaks the {} dialect", options.server(), found.name());
        return found;
    }

    /** Whether checksums go with requests, as far as it is known without asking the server. */
    boolean checksumsKnown() {
        Dialect known = dialect;
        return known != null && known.checksums() == Dialect.Checksums.CRC32C;
    }

    /** Learns that the server lacks a call, for the rest of the store's life. */
    void learn(Dialect better) {
        dialect = better;
    }

    /**
     * Whether the server enforces conditions on writes; found out once where the dialect does not say. A refusal counts as no.
     *
     * @throws StoreException when it cannot be found out at present; the next call tries again
     */
    boolean conditionalPut() throws StoreException {
        Boolean known = conditionalPut;
        if (known != null) {
            return known;
        }
        learning.lock();
        try {
            known = conditionalPut;
            if (known == null) {
                known = findConditionalPut();
                conditionalPut = known;
            }
            return known;
        } finally {
            learning.unlock();
        }
    }

    private boolean findConditionalPut() throws StoreException {
        try {
            return switch (dialect().conditionalPut()) {
                case ENFORCED -> true;
                case ABSENT -> false;
                case PROBED -> probe();
            };
        } catch (StoreException e) {
            if (e.kind().retryable()) {
                throw e;
            }
            LOG.warn("conditional writes are taken for unsupported: {}", e.getMessage());
            return false;
        }
    }

    /** Writes an object twice on the condition that it is absent; the second must fail. */
    private boolean probe() throws StoreException {
        String key = inBucket("leat-probe-" + UUID.randomUUID());
        ByteBuffer body = ByteBuffer.wrap(new byte[] {'?'});
        try {
            putIfAbsent(key, body);
            putIfAbsent(key, body);
            return false;
        } catch (StoreException e) {
            if (e.kind() == Kind.PRECONDITION_FAILED) {
                return true;
            }
            throw e;
        } finally {
            deleteProbe(key);
        }
    }

    /** What the probe told is true whether or not its object goes. */
    private void deleteProbe(String key) {
        try {
            call(
                    "delete",
                    key,
                    s3 -> s3.deleteObject(
                            r -> r.bucket(options.bucket()).key(key).overrideConfiguration(plain)));
        } catch (StoreException e) {
            LOG.warn("an object of one byte is left behind; delete it: {}", e.getMessage());
        }
    }

    private void putIfAbsent(String key, ByteBuffer body) throws StoreException {
        call(
                "write",
                key,
                s3 -> s3.putObject(
                        r -> r.bucket(options.bucket())
                                .key(key)
                                .ifNoneMatch("*")
                                .overrideConfiguration(encrypted),
                        BufferBody.of(body)));
    }

    @Override
    public void close() {
        closed = true;
        building.lock();
        try {
            if (client != null) {
                client.close();
            }
        } finally {
            building.unlock();
        }
    }
}

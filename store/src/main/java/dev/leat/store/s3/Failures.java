package dev.leat.store.s3;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Turns what the SDK throws into a {@link StoreException}: a kind that says what a caller can do, and one line that says
 * what failed, where, and how to mend it. The server's own words are quoted only where its error code is not known
 * here, shortened, on one line and without the keys of this store.
 */
final class Failures {
    private static final int QUOTE_CHARS_MAX = 200;

    private static final Set<String> THROTTLED = Set.of(
            "SlowDown",
            "SlowDownRead",
            "SlowDownWrite",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestLimitExceeded",
            "TooManyRequests",
            "TooManyRequestsException",
            "BandwidthLimitExceeded");

    private static final Set<String> FULL = Set.of(
            "XMinioStorageFull",
            "XMinioAdminBucketQuotaExceeded",
            "QuotaExceeded",
            "InsufficientStorage",
            "EntityQuotaExceeded");

    private static final Set<String> CORRUPT = Set.of(
            "BadDigest", "InvalidDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch");

    private static final Set<String> TRANSIENT = Set.of(
            "RequestTimeout",
            "InternalError",
            "ServiceUnavailable",
            "OperationAborted",
            "ConditionalRequestConflict",
            "XMinioServerNotInitialized");

    private final S3Options options;

    Failures(S3Options options) {
        this.options = options;
    }

    /**
     * The failure of a request.
     *
     * @param doing what was tried, such as "read"
     * @param key key in the bucket, or null for a request about the bucket
     */
    StoreException of(String doing, @Nullable String key, Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof StoreException known) {
                return known;
            }
            if (t instanceof AwsServiceException answer) {
                return ofAnswer(doing, key, answer);
            }
        }
        return ofClient(doing, key, failure);
    }

    private StoreException ofAnswer(String doing, @Nullable String key, AwsServiceException answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        String code = details == null || details.errorCode() == null ? "" : details.errorCode();
        int status = answer.statusCode();
        String what = "cannot " + doing + " " + where(key);
        if (!(answer instanceof S3Exception)) {
            return new StoreException(
                    Kind.DENIED,
                    what + ": no credentials from the token service (" + code + "): check role and token",
                    answer);
        }
        Kind kind = kind(code, status);
        String why = mend(code, status, kind, key != null, details);
        String id = answer.requestId() == null ? "" : " [request " + oneLine(answer.requestId()) + "]";
        return new StoreException(kind, what + ": " + why + id, answer);
    }

    /** The kind of an answer, by its code where it has one, else by its status. */
    static Kind kind(String code, int status) {
        if (THROTTLED.contains(code) || status == 429) {
            return Kind.THROTTLED;
        }
        if (FULL.contains(code) || status == 507) {
            return Kind.FULL;
        }
        if (CORRUPT.contains(code)) {
            return Kind.CORRUPT;
        }
        if (TRANSIENT.contains(code)) {
            return Kind.UNAVAILABLE;
        }
        return switch (status) {
            case 404 -> Kind.NOT_FOUND;
            case 412 -> Kind.PRECONDITION_FAILED;
            case 401, 403 -> Kind.DENIED;
            case 408, 409 -> Kind.UNAVAILABLE;
            case 400 -> code.startsWith("Expired") || code.contains("Token") ? Kind.DENIED : Kind.INVALID;
            case 501 -> Kind.INVALID;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
        };
    }

    /** Why, and what to do about it. */
    private String mend(String code, int status, Kind kind, boolean aboutKey, @Nullable AwsErrorDetails details) {
        return switch (code) {
            case "NoSuchBucket" -> "there is no bucket '" + options.bucket() + "': create it or correct the name";
            case "NoSuchKey" -> "there is no such object";
            case "NoSuchUpload" -> "the upload was completed, aborted or never begun";
            case "PreconditionFailed" -> "the condition does not hold: the object changed or exists already";
            case "InvalidAccessKeyId" ->
                "the server does not know the access key: correct AWS_ACCESS_KEY_ID or the profile";
            case "SignatureDoesNotMatch" -> "the secret key is wrong: correct AWS_SECRET_ACCESS_KEY or the profile";
            case "RequestTimeTooSkewed", "RequestExpired" ->
                "the clock of this machine is wrong: set it, for example with NTP";
            case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired" ->
                "the temporary credentials have expired: renew them";
            case "InvalidToken" -> "the session token is wrong: correct AWS_SESSION_TOKEN";
            case "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
                "access denied: the credentials lack the permission for it";
            case "PermanentRedirect",
                    "AuthorizationHeaderMalformed",
                    "TemporaryRedirect",
                    "IllegalLocationConstraintException" ->
                "the bucket belongs to another region" + regionHint(details);
            case "InvalidRange" -> "the range begins at or after the object's end";
            case "EntityTooLarge" -> "too large for one request: upload it in parts";
            case "ConditionalRequestConflict" -> "another write of the same key is under way";
            default -> byKind(kind, code, status, aboutKey, details);
        };
    }

    private String byKind(Kind kind, String code, int status, boolean aboutKey, @Nullable AwsErrorDetails details) {
        String said = quote(code, status, details);
        return switch (kind) {
            case NOT_FOUND ->
                aboutKey
                        ? "there is no such object or bucket"
                        : "there is no bucket '" + options.bucket() + "': create it or correct the name";
            case PRECONDITION_FAILED -> "the condition does not hold: the object changed or exists already";
            case DENIED ->
                status == 403 && code.isEmpty()
                        ? "access denied: wrong keys, no permission, or a clock that is off"
                        : "access denied: " + said;
            case THROTTLED -> "the server asks for fewer requests (" + said + ")";
            case FULL -> "the store has no room left: free some or raise its quota (" + said + ")";
            case CORRUPT -> "the bytes changed on their way (" + said + ")";
            case UNAVAILABLE -> "the server failed (" + said + ")";
            case INVALID ->
                isRedirect(status, details)
                        ? "the bucket belongs to another region" + regionHint(details)
                        : "the server refuses it (" + said + ")";
        };
    }

    private static boolean isRedirect(int status, @Nullable AwsErrorDetails details) {
        boolean elsewhere = status == 400 && !regionHint(details).isEmpty();
        return status == 301 || status == 307 || elsewhere;
    }

    private static String regionHint(@Nullable AwsErrorDetails details) {
        if (details == null || details.sdkHttpResponse() == null) {
            return "";
        }
        return details.sdkHttpResponse()
                .firstMatchingHeader("x-amz-bucket-region")
                .map(region -> ", " + oneLine(region) + ": set the region to it")
                .orElse("");
    }

    private StoreException ofClient(String doing, @Nullable String key, Throwable failure) {
        String what = "cannot " + doing + " " + where(key) + ": ";
        for (Throwable t = failure; t != null; t = t.getCause()) {
            StoreException known = ofCause(what, t, failure);
            if (known != null) {
                return known;
            }
        }
        return new StoreException(Kind.UNAVAILABLE, what + quoteText(failure.toString()), failure);
    }

    private @Nullable StoreException ofCause(String what, Throwable t, Throwable failure) {
        String server = options.server();
        return switch (t) {
            case ApiCallTimeoutException _ -> unavailable(what + "no answer in time", failure);
            case ApiCallAttemptTimeoutException _ -> unavailable(what + "no answer in time", failure);
            case AbortedException _ -> interrupted(what, failure);
            case InterruptedException _ -> interrupted(what, failure);
            case UnknownHostException e ->
                unavailable(
                        what + "no address is known for '"
                                + oneLine(String.valueOf(e.getMessage())).replaceFirst(":.*", "")
                                + "': correct the endpoint, the region or the name server",
                        failure);
            case ConnectionRequestTimeoutException _ ->
                unavailable(
                        what + "all " + options.connectionsMax() + " connections are busy: allow more connections",
                        failure);
            case ConnectTimeoutException e -> ofConnecting(what, e, failure);
            case ConnectException e -> ofConnecting(what, e, failure);
            case NoRouteToHostException e -> ofConnecting(what, e, failure);
            case SocketTimeoutException _ ->
                unavailable(
                        what + server + " fell silent for "
                                + options.timeouts().idle().toMillis() + " ms",
                        failure);
            case ConnectionClosedException _ ->
                new StoreException(Kind.CORRUPT, what + "the answer ended before its announced length", failure);
            case CertificateException _ ->
                new StoreException(
                        Kind.INVALID,
                        what + "the certificate of " + server
                                + " is not trusted: give its authority as a CA bundle, or correct the address",
                        failure);
            case SSLException e -> tls(what, e, failure);
            case NoHttpResponseException _ ->
                unavailable(what + server + " closed the connection without an answer", failure);
            case SocketException e ->
                unavailable(what + "the connection broke (" + quoteText(String.valueOf(e.getMessage())) + ")", failure);
            default -> ofMessage(what, t, failure);
        };
    }

    private StoreException ofConnecting(String what, IOException last, Throwable failure) {
        String server = options.server();
        IOException handshake = Handshakes.failure();
        if (handshake instanceof SocketTimeoutException) {
            return unavailable(
                    what + server + " accepts connections but not the TLS handshake: check the port, and https or http",
                    failure);
        }
        if (handshake instanceof SSLException e) {
            return tls(what, e, failure);
        }
        return unavailable(
                what
                        + switch (last) {
                            case ConnectTimeoutException _ ->
                                server + " does not answer: check the address and the firewall";
                            case NoRouteToHostException _ -> "no route to " + server + ": check the network";
                            default -> "nothing listens at " + server + ": start the server or correct the address";
                        },
                failure);
    }

    private StoreException tls(String what, SSLException e, Throwable failure) {
        if (e.getCause() != null && !(e.getCause() instanceof SSLException)) {
            StoreException deeper = ofCause(what, e.getCause(), failure);
            if (deeper != null) {
                return deeper;
            }
        }
        String text = String.valueOf(e.getMessage());
        if (text.contains("Unsupported or unrecognized SSL message")) {
            return new StoreException(
                    Kind.INVALID, what + options.server() + " does not speak TLS: write http:// instead", failure);
        }
        if (text.contains("certificate") || text.contains("PKIX") || text.contains("No subject alternative")) {
            return new StoreException(
                    Kind.INVALID,
                    what + "the certificate of " + options.server() + " is not accepted (" + quoteText(text)
                            + "): give its authority as a CA bundle, or correct the address",
                    failure);
        }
        return unavailable(
                what + "TLS failed (" + quoteText(text) + "): check that " + options.server() + " speaks it", failure);
    }

    /** Failures that the SDK tells apart by its text only. */
    private @Nullable StoreException ofMessage(String what, Throwable t, Throwable failure) {
        String text = String.valueOf(t.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("checksum") && lower.contains("expected")) {
            return new StoreException(Kind.CORRUPT, what + "the bytes do not have the checksum that was sent", failure);
        }
        if (lower.contains("unable to load credentials")) {
            return new StoreException(
                    Kind.DENIED,
                    what + "no credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or choose"
                            + " anonymous access",
                    failure);
        }
        if (lower.contains("profile") && lower.contains("credential")) {
            return new StoreException(Kind.DENIED, what + quoteText(text), failure);
        }
        if (lower.contains("pool shut down") || lower.contains("pool has been shut down")) {
            return new StoreException(Kind.INVALID, what + "the store is closed", failure);
        }
        return null;
    }

    private static StoreException interrupted(String what, Throwable failure) {
        Thread.currentThread().interrupt();
        return unavailable(what + "interrupted", failure);
    }

    private static StoreException unavailable(String message, Throwable failure) {
        return new StoreException(Kind.UNAVAILABLE, message, failure);
    }

    /** Whether the server said that it is the object that is missing, rather than the bucket or an upload. */
    static boolean isMissingKey(StoreException failure) {
        return code(failure).equals("NoSuchKey");
    }

    /** Whether the server said that it is the bucket that is missing. */
    static boolean isMissingBucket(StoreException failure) {
        return code(failure).equals("NoSuchBucket");
    }

    /** Whether the server does not know the call at all, so that another way to do the same may work. */
    static boolean isUnknownCall(StoreException failure) {
        return failure.getCause() instanceof AwsServiceException answer
                && (answer.statusCode() == 501
                        || answer.statusCode() == 405
                        || code(failure).equals("NotImplemented")
                        || code(failure).equals("MethodNotAllowed"));
    }

    private static String code(StoreException failure) {
        if (failure.getCause() instanceof AwsServiceException answer
                && answer.awsErrorDetails() != null
                && answer.awsErrorDetails().errorCode() != null) {
            return answer.awsErrorDetails().errorCode();
        }
        return "";
    }

    /** The object or bucket and its server. */
    String where(@Nullable String key) {
        String path = "s3://" + options.bucket() + "/" + (key == null ? "" : key);
        return options.endpoint() == null ? path : path + " at " + options.server();
    }

    private String quote(String code, int status, @Nullable AwsErrorDetails details) {
        String text = details == null || details.errorMessage() == null ? "" : details.errorMessage();
        String head = "HTTP " + status + (code.isEmpty() ? "" : " " + oneLine(code));
        return text.isEmpty() || text.equals("null") ? head : head + ", " + quoteText(text);
    }

    private String quoteText(String text) {
        String line = oneLine(text);
        if (options.credentials() instanceof S3Credentials.Keys keys) {
            line = line.replace(keys.secretKey(), "…").replace(keys.accessKey(), "…");
            if (keys.sessionToken() != null) {
                line = line.replace(keys.sessionToken(), "…");
            }
        }
        return line.length() <= QUOTE_CHARS_MAX ? line : line.substring(0, QUOTE_CHARS_MAX) + "…";
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }
}

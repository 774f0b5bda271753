package dev.leat.dataset.web;

import dev.leat.store.CaBundle;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one web server: HTTP/1.1 on connections that are kept, with a limit on every wait, and redirects followed as
 * long as they stay on the server.
 */
public final class Web implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** Until the answer begins, and without a byte of it. */
    private static final Duration SILENCE = Duration.ofSeconds(15);

    /** Longest time of one answer: a block of 4 MiB at 70 KiB/s. */
    private static final Duration WHOLE = Duration.ofSeconds(60);

    private static final int REDIRECTS_MAX = 5;
    private static final int LOOK_MS = 500;
    private static final int UNWANTED_BYTES_MAX = 64 << 10;

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;
    private final String agent;

    /**
     * An answer whose body has been taken.
     *
     * @param uri where it came from in the end
     * @param complete whether all of the body was taken
     */
    public record Answer(int status, HttpHeaders headers, URI uri, boolean complete) {
        /** The first header of this name, or null. */
        public @Nullable String header(String name) {
            return headers.firstValue(name).orElse(null);
        }
    }

    /**
     * An answer with its whole body.
     *
     * @param answer status and headers
     * @param body the bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // read once by whoever asked
    public record Page(Answer answer, byte[] body) {
        /** The body as text in UTF-8. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Says who takes the body of an answer, once its status and headers are known. */
    public interface Receiver extends Function<HttpResponse.ResponseInfo, Transfer.Taker> {}

    /** Takes a body that nobody wants: to its end if that is near, since the connection can be used again then. */
    public static Transfer.Taker nobody() {
        int[] bytes = new int[1];
        return piece -> {
            bytes[0] += piece.remaining();
            return bytes[0] <= UNWANTED_BYTES_MAX;
        };
    }

    /**
     * A client.
     *
     * @param agent what this program calls itself
     * @param caBundle PEM file of further certificate authorities, or null
     */
    public Web(String agent, @Nullable Path caBundle) throws StoreException {
        this.agent = agent;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .executor(executor);
        if (caBundle != null) {
            try {
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(null, CaBundle.trustManagers(caBundle), null);
                builder.sslContext(tls);
            } catch (GeneralSecurityException e) {
                throw new StoreException(Kind.INVALID, "cannot set up TLS with " + caBundle + ": " + e.getMessage(), e);
            }
        }
        this.client = builder.build();
    }

    /** Sends a request, and again where the server says that the thing is elsewhere on it. */
    public Answer send(String method, URI address, Map<String, String> headers, Receiver receiver)
            throws StoreException {
        URI at = address;
        for (int redirects = 0; ; redirects++) {
            Answer answer = sendOnce(method, at, headers, BodyPublishers.noBody(), receiver);
            String location = answer.header("Location");
            if (!isRedirect(answer.status()) || location == null) {
                return answer;
            }
            if (redirects == REDIRECTS_MAX) {
                throw new StoreException(Kind.INVALID, address + " redirects in a circle, last to " + location);
            }
            at = target(at, location);
        }
    }

    /** Whether a status says that the thing is elsewhere. */
    public static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(URI from, String location) throws StoreException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new StoreException(Kind.INVALID, from + " redirects to what is no address: " + location, e);
        }
        if (!Addresses.sameServer(from, to.getScheme(), to.getHost(), to.getPort())) {
            throw new StoreException(
                    Kind.INVALID, from + " redirects to another server, " + to + "; name that one if it is meant");
        }
        if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
            throw new StoreException(Kind.INVALID, from + " redirects from TLS to none, " + to);
        }
        return to;
    }

    /** Sends a request without a body, and takes what comes back as it is, be it a redirect. */
    public Answer sendOnce(String method, URI address, Map<String, String> headers, Receiver receiver)
            throws StoreException {
        return sendOnce(method, address, headers, BodyPublishers.noBody(), receiver);
    }

    /**
     * Sends a request, with a body where there is one, and gives the whole answer.
     *
     * @param body what is sent, or null for nothing
     * @param bytesMax longest answer; a longer one is INVALID
     */
    public Page page(String method, URI address, Map<String, String> headers, @Nullable String body, int bytesMax)
            throws StoreException {
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        HttpRequest.BodyPublisher sent = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        Answer answer = sendOnce(method, address, headers, sent, info -> piece -> {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            taken.writeBytes(bytes);
            return taken.size() <= bytesMax;
        });
        if (!answer.complete() && !isRedirect(answer.status())) {
            throw new StoreException(
                    Kind.INVALID, named(method, address) + ": the answer is longer than " + bytesMax + " bytes");
        }
        return new Page(answer, taken.toByteArray());
    }

    /** A request for messages: without the query, which may hold a signature. */
    private static String named(String method, URI address) {
        String text = address.toString();
        int query = text.indexOf('?');
        return method + " " + (query < 0 ? text : text.substring(0, query));
    }

    private Answer sendOnce(
            String method, URI address, Map<String, String> headers, HttpRequest.BodyPublisher sent, Receiver receiver)
            throws StoreException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .method(method, sent)
                .timeout(SILENCE)
                .header("User-Agent", agent)
                // Bytes as they lie there: lengths and ranges count in those.
                .header("Accept-Encoding", "identity");
        headers.forEach(request::setHeader);
        AtomicReference<@Nullable Transfer> body = new AtomicReference<>();
        CompletableFuture<HttpResponse<Boolean>> future = client.sendAsync(request.build(), info -> {
            Transfer transfer = new Transfer(isRedirect(info.statusCode()) ? nobody() : receiver.apply(info));
            body.set(transfer);
            return transfer;
        });
        try {
            HttpResponse<Boolean> response = await(future, body, named(method, address));
            return new Answer(response.statusCode(), response.headers(), address, response.body());
        } finally {
            Transfer transfer = body.get();
            if (transfer != null) {
                transfer.cut();
            }
            future.cancel(true);
        }
    }

    private static HttpResponse<Boolean> await(
            CompletableFuture<HttpResponse<Boolean>> future, AtomicReference<@Nullable Transfer> body, String what)
            throws StoreException {
        long beginNs = System.nanoTime();
        while (true) {
            try {
                return future.get(LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                Transfer transfer = body.get();
                long nowNs = System.nanoTime();
                if (transfer != null && nowNs - transfer.progressNs() > SILENCE.toNanos()) {
                    throw new StoreException(
                            Kind.UNAVAILABLE, what + ": no byte came for " + SILENCE.toSeconds() + " s", e);
                }
                if (nowNs - beginNs > WHOLE.toNanos()) {
                    throw new StoreException(
                            Kind.UNAVAILABLE, what + ": not done after " + WHOLE.toSeconds() + " s", e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(Kind.UNAVAILABLE, what + ": interrupted", e);
            } catch (ExecutionException e) {
                throw failure(what, e.getCause() == null ? e : e.getCause());
            }
        }
    }

    private static StoreException failure(String what, Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof StoreException known) {
                return known;
            }
            if (at instanceof UnresolvedAddressException) {
                return new StoreException(Kind.UNAVAILABLE, what + ": the host's name is not known", cause);
            }
            if (at instanceof SSLException) {
                return new StoreException(
                        Kind.INVALID,
                        what + ": no trust in the server (" + at.getMessage()
                                + "); --ca-bundle names further authorities",
                        cause);
            }
            if (at instanceof HttpConnectTimeoutException) {
                return new StoreException(
                        Kind.UNAVAILABLE, what + ": no connection within " + CONNECT.toSeconds() + " s", cause);
            }
            if (at instanceof HttpTimeoutException) {
                return new StoreException(
                        Kind.UNAVAILABLE, what + ": no answer within " + SILENCE.toSeconds() + " s", cause);
            }
        }
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        if (cause instanceof IOException) {
            // Among them bodies that end before their announced length.
            return new StoreException(Kind.UNAVAILABLE, what + ": " + why, cause);
        }
        return new StoreException(Kind.INVALID, what + ": " + why, cause);
    }

    /** The failure that a status means; null if it means none. */
    public static @Nullable StoreException refusal(String what, Answer answer) {
        int status = answer.status();
        if (status < 300) {
            return null;
        }
        String said = what + ": the server says " + status;
        return switch (status) {
            case 404, 410 -> new StoreException(Kind.NOT_FOUND, said);
            case 401, 403, 407 -> new StoreException(Kind.DENIED, said + ", which is no permission");
            case 412, 416 -> new StoreException(Kind.PRECONDITION_FAILED, said + ", it is another version by now");
            case 429, 503 -> new StoreException(Kind.THROTTLED, said);
            case 408, 425, 500, 502, 504 -> new StoreException(Kind.UNAVAILABLE, said);
            default -> new StoreException(Kind.INVALID, said);
        };
    }

    @Override
    public void close() {
        client.shutdownNow();
        executor.shutdownNow();
    }
}

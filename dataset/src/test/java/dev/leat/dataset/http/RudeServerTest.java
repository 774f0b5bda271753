package dev.leat.dataset.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Web servers that lie, break off, or are somebody else. */
class RudeServerTest {
    private static final byte[] DATA = "0123456789abcdef".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
    private static final String ETAG = "\"v1\"";
    private static final RetryPolicy RETRIES =
            new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(30), 1, 1_000);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private HttpSource source;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        URI root = URI.create("http://localhost:" + server.getAddress().getPort() + "/tree/");
        source = new HttpSource(root, "leat-test", null, StoreLimits.NONE, RETRIES);
    }

    @AfterEach
    void stop() {
        source.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private interface Answer {
        void give(HttpExchange call) throws IOException;
    }

    private void at(String path, Answer answer) {
        server.createContext("/tree/" + path, call -> {
            asked.add(call.getRequestMethod() + " " + call.getRequestURI());
            try (call) {
                answer.give(call);
            }
        });
    }

    private static void send(HttpExchange call, int status, String type, byte[] body) throws IOException {
        call.getResponseHeaders().set("Content-Type", type);
        if (call.getRequestMethod().equals("HEAD")) {
            call.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            call.sendResponseHeaders(status, -1);
            return;
        }
        call.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = call.getResponseBody()) {
            out.write(body);
        }
    }

    /** As a good server answers, in the version and for the range that it is asked for. */
    private static void good(HttpExchange call, String etag) throws IOException {
        call.getResponseHeaders().set("ETag", etag);
        String range = call.getRequestHeaders().getFirst("Range");
        String condition = call.getRequestHeaders().getFirst("If-Range");
        if (range == null || (condition != null && !condition.equals(etag))) {
            send(call, 200, "application/octet-stream", DATA);
            return;
        }
        String[] ends = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(ends[0]);
        int to = Integer.parseInt(ends[1]);
        call.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + DATA.length);
        send(call, 206, "application/octet-stream", Arrays.copyOfRange(DATA, from, to + 1));
    }

    private static final Facts VERSION = Facts.file(DATA.length, 0, ETAG);

    private String read(String path, int offset, int length) throws StoreException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        source.read(path, VERSION, offset, bytes);
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }

    private static void fails(Kind kind, String words, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aBodyThatBreaksOffIsReadAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        at("f", call -> {
            if (calls.incrementAndGet() < 3) {
                call.getResponseHeaders().set("ETag", ETAG);
                call.getResponseHeaders().set("Content-Range", "bytes 0-99/" + DATA.length);
                call.sendResponseHeaders(206, 100);
                call.getResponseBody().write(DATA, 0, 40);
                call.getResponseBody().flush();
                return; // closed 60 bytes early
            }
            good(call, ETAG);
        });
        assertThat(read("f", 0, 100)).isEqualTo(new String(DATA, 0, 100, StandardCharsets.US_ASCII));
        assertThat(calls).hasValue(3);
        assertThat(source.retries()).isEqualTo(2);
    }

    @Test
    void aBodyThatIsTooShortOrTooLongIsRefused() {
        at("short", call -> {
            call.getResponseHeaders().set("ETag", ETAG);
            call.getResponseHeaders().set("Content-Range", "bytes 0-99/" + DATA.length);
            send(call, 206, "application/octet-stream", new byte[40]);
        });
        at("long", call -> {
            call.getResponseHeaders().set("ETag", ETAG);
            call.getResponseHeaders().set("Content-Range", "bytes 0-99/" + DATA.length);
            send(call, 206, "application/octet-stream", new byte[140]);
        });
        at("other", call -> {
            call.getResponseHeaders().set("ETag", ETAG);
            call.getResponseHeaders().set("Content-Range", "bytes 100-199/" + DATA.length);
            send(call, 206, "application/octet-stream", new byte[100]);
        });
        fails(Kind.CORRUPT, "60 bytes short", () -> read("short", 0, 100));
        fails(Kind.CORRUPT, "longer", () -> read("long", 0, 100));
        fails(Kind.CORRUPT, "bytes 100-199", () -> read("other", 0, 100));
        assertThat(asked).hasSize(9);
    }

    @Test
    void aPageInPlaceOfDataIsRefused() {
        byte[] page = "<html>Please sign in</html>".getBytes(StandardCharsets.UTF_8);
        at("f.tgz", call -> send(call, 200, "text/html; charset=utf-8", page));
        fails(Kind.CORRUPT, "HTML page came in place of the data", () -> read("f.tgz", 0, page.length));
        fails(Kind.CORRUPT, "HTML page came in place of the file", () -> source.facts("f.tgz"));
    }

    @Test
    void aServerWithoutRangesIsReadFromTheBeginning() throws Exception {
        at("f", call -> {
            call.getResponseHeaders().set("ETag", ETAG);
            send(call, 200, "application/octet-stream", DATA);
        });
        assertThat(read("f", 10_000, 16)).isEqualTo("0123456789abcdef");
        assertThat(read("f", DATA.length - 1, 1)).isEqualTo("f");
    }

    @Test
    void anotherVersionIsNeverTakenForTheOneAskedFor() {
        at("changed", call -> good(call, "\"v2\""));
        at("ignorant", call -> {
            call.getResponseHeaders().set("ETag", "\"v2\"");
            call.getResponseHeaders().set("Content-Range", "bytes 0-15/" + DATA.length);
            send(call, 206, "application/octet-stream", new byte[16]);
        });
        at("grown", call -> {
            call.getResponseHeaders().set("ETag", ETAG);
            call.getResponseHeaders().set("Content-Range", "bytes 0-15/" + (DATA.length + 1));
            send(call, 206, "application/octet-stream", new byte[16]);
        });
        for (String path : List.of("changed", "ignorant", "grown")) {
            fails(Kind.PRECONDITION_FAILED, "another version", () -> read(path, 0, 16));
        }
        assertThat(asked).as("no retries").hasSize(3);
    }

    @Test
    void versionsThatCannotBeToldApartAreRefused() {
        at("f", call -> send(call, 200, "application/octet-stream", DATA));
        fails(Kind.INVALID, "neither ETag nor Last-Modified", () -> source.facts("f"));
    }

    @Test
    void withoutHeadTheFirstByteTells() throws Exception {
        at("f", call -> {
            if (call.getRequestMethod().equals("HEAD")) {
                send(call, 405, "text/plain", new byte[0]);
            } else {
                good(call, ETAG);
            }
        });
        assertThat(source.facts("f").sizeBytes()).isEqualTo(DATA.length);
        assertThat(source.facts("f").validator()).isEqualTo(ETAG);
    }

    @Test
    void redirectsStayOnTheServer() throws Exception {
        at("moved", call -> {
            call.getResponseHeaders().set("Location", "/tree/f");
            send(call, 302, "text/html", new byte[0]);
        });
        at("f", call -> good(call, ETAG));
        at("out", call -> {
            call.getResponseHeaders().set("Location", "http://elsewhere.test/f");
            send(call, 302, "text/html", new byte[0]);
        });
        at("circle", call -> {
            call.getResponseHeaders().set("Location", "circle");
            send(call, 301, "text/html", new byte[0]);
        });
        at("dir", call -> {
            if (call.getRequestURI().getPath().endsWith("/")) {
                send(call, 200, "text/html", new byte[0]);
            } else {
                call.getResponseHeaders().set("Location", "/tree/dir/");
                send(call, 301, "text/html", new byte[0]);
            }
        });
        assertThat(read("moved", 0, 16)).isEqualTo("0123456789abcdef");
        assertThat(source.facts("moved").sizeBytes()).isEqualTo(DATA.length);
        assertThat(source.facts("dir").kind()).isEqualTo(EntryKind.DIRECTORY);
        fails(Kind.INVALID, "elsewhere.test", () -> read("out", 0, 16));
        fails(Kind.INVALID, "circle", () -> source.facts("circle"));
    }

    @Test
    void troubleThatPassesIsWaitedFor() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        at("f", call -> {
            int number = calls.incrementAndGet();
            if (number <= 2) {
                send(call, number == 1 ? 503 : 500, "text/html", "<h1>sorry</h1>".getBytes(StandardCharsets.UTF_8));
            } else {
                good(call, ETAG);
            }
        });
        assertThat(read("f", 16, 16)).isEqualTo("0123456789abcdef");
        at("secret", call -> send(call, 403, "text/html", new byte[0]));
        fails(Kind.DENIED, "403", () -> source.facts("secret"));
        fails(Kind.NOT_FOUND, "404", () -> source.facts("missing"));
    }

    @Test
    void whatIsNoIndexIsNoDirectory() {
        at("page/", call -> send(call, 200, "text/html", "<form></form>".getBytes(StandardCharsets.UTF_8)));
        at("data/", call -> send(call, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8)));
        at("text/", call -> send(call, 200, "text/plain", "a b".getBytes(StandardCharsets.UTF_8)));
        for (String path : List.of("page", "data", "text")) {
            fails(Kind.INVALID, "shows no index of files", () -> source.list(path, _ -> true));
        }
    }

    @Test
    void nobodyThereSaysSo() throws Exception {
        int port = server.getAddress().getPort();
        server.stop(0);
        fails(Kind.UNAVAILABLE, "localhost:" + port, () -> source.facts("f"));
        URI nowhere = URI.create("http://leat-no-such-host.invalid/");
        try (HttpSource lost = new HttpSource(nowhere, "leat-test", null, StoreLimits.NONE, RETRIES)) {
            fails(Kind.UNAVAILABLE, "the host's name is not known", () -> lost.list("", _ -> true));
        }
    }
}

package dev.leat.testing.s3;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An S3 server in this JVM, for tests and measurements. It keeps objects in memory, checks checksums, conditions, parts
 * and ranges as S3 does, and looks at no signature. It can fail in the ways of {@link Fault}, be slow by a latency and a
 * bandwidth, counts what it was asked, and shows what it stores.
 *
 * <p>It speaks HTTP/1.1 on sockets of its own, because resets and truncated bodies need them: one virtual thread per
 * connection, one request at a time, bodies up to 2 GiB. Buckets stand in the path, or in the host as {@code
 * BUCKET.s3.test}; asked as a proxy it answers itself.
 */
public final class FaultyS3Server implements AutoCloseable {
    private static final int PIECE_BYTES = 64 << 10;
    private static final int DRIPS = 20;

    private final ServerSocket listener;
    private final String scheme;
    private final Handler handler = new Handler();
    private final Traffic traffic = new Traffic();
    private final Faults faults;
    private final Map<S3Operation, Reply> refusals = new ConcurrentHashMap<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Duration latency = Duration.ZERO;
    private volatile long bytesPerSecond;
    private volatile String serverName = "FaultyS3";
    private volatile boolean closed;

    private FaultyS3Server(ServerSocket listener, String scheme, long seed) {
        this.listener = listener;
        this.scheme = scheme;
        this.faults = new Faults(seed);
        Thread.ofVirtual().name("faulty-s3").start(this::accept);
    }

    /**
     * Starts a server on a free port of the loopback interface.
     *
     * @param seed of the faults
     */
    public static FaultyS3Server start(long seed) throws IOException {
        return new FaultyS3Server(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), "http", seed);
    }

    /** The same with TLS. */
    public static FaultyS3Server start(long seed, SSLContext tls) throws IOException {
        return new FaultyS3Server(
                tls.getServerSocketFactory().createServerSocket(0, 512, InetAddress.getLoopbackAddress()),
                "https",
                seed);
    }

    /** Serves until it is killed; prints its address. Arguments: buckets to make. */
    public static void main(String[] buckets) throws Exception {
        FaultyS3Server server = start(0);
        for (String bucket : buckets) {
            server.createBucket(bucket);
        }
        System.out.println(server.endpoint());
        Thread.currentThread().join();
    }

    /** Where it listens. */
    public URI endpoint() {
        return URI.create(scheme + "://localhost:" + listener.getLocalPort());
    }

    /** What goes wrong. */
    public Faults faults() {
        return faults;
    }

    /** What was asked. */
    public Traffic traffic() {
        return traffic;
    }

    /** Lets every answer come later by this time. */
    public void latency(Duration time) {
        this.latency = time;
    }

    /** Limits what each connection sends, in bytes per second; 0 for no limit. */
    public void bandwidthPerConnection(long limit) {
        this.bytesPerSecond = limit;
    }

    /** What the server calls itself in the header of that name, by which clients recognise it. */
    public void serverName(String name) {
        this.serverName = name;
    }

    /**
     * Refuses the next request of a kind, without executing it.
     *
     * @param code error code of S3
     * @param message the server's words
     * @param headers headers of the answer
     */
    public void refuseNext(
            S3Operation operation, int status, String code, String message, Map<String, String> headers) {
        Reply reply = Reply.error(status, code, message);
        headers.forEach(reply::with);
        refusals.put(operation, reply);
    }

    /** Makes a bucket; one that is there stays as it is. */
    public void createBucket(String bucket) {
        handler.createBucket(bucket);
    }

    /** The keys of a bucket, in order of their bytes. */
    public List<String> keys(String bucket) {
        return bucket(bucket).keys();
    }

    /** The bytes stored under a key, or null. */
    public byte @Nullable [] object(String bucket, String key) {
        Bucket.Stored stored = bucket(bucket).get(key);
        return stored == null ? null : stored.bytes().clone();
    }

    /** Stores an object as if somebody else had written it. */
    public void put(String bucket, String key, byte[] bytes) {
        bucket(bucket).put(key, bytes.clone(), "", null, null);
    }

    /** How many uploads are neither completed nor aborted. */
    public int pendingUploads(String bucket) {
        return bucket(bucket).uploads().size();
    }

    private Bucket bucket(String name) {
        Bucket bucket = handler.bucket(name);
        if (bucket == null) {
            throw new NoSuchElementException("no bucket '" + name + "'");
        }
        return bucket;
    }

    @Override
    public void close() {
        closed = true;
        closeQuietly(listener);
        open.forEach(this::closeQuietly);
    }

    private void closeQuietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException givenUpAnyway) {
            traffic.brokenConnection();
        }
    }

    private void accept() {
        while (!closed) {
            acceptOne();
        }
    }

    private void acceptOne() {
        try {
            Socket socket = listener.accept();
            open.add(socket);
            Thread.ofVirtual().name("faulty-s3-connection").start(() -> serve(socket));
        } catch (IOException e) {
            // one client gave up while it connected, or the server is closed
            closed = listener.isClosed();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), PIECE_BYTES);
            OutputStream out = socket.getOutputStream();
            while (!closed) {
                Request request = Request.read(in);
                if (request == null || !answer(socket, out, request) || !request.keepAlive()) {
                    return;
                }
            }
        } catch (IOException clientIsGone) {
            // what it asked is done or not, as on any network
            traffic.brokenConnection();
        } finally {
            open.remove(socket);
        }
    }

    /** Answers a request, with the fault that hits it; false ends the connection. */
    private boolean answer(Socket socket, OutputStream out, Request request) throws IOException {
        S3Operation operation = Handler.operation(request);
        traffic.request(operation, request.headers(), request.body().length);
        pause(latency);
        Reply refusal = refusals.remove(operation);
        if (refusal != null) {
            return write(out, request, operation, refusal, null);
        }
        Fault fault = faults.draw(operation);
        if (fault == Fault.RESET) {
            reset(socket);
            return false;
        }
        Reply reply = execute(operation, request, fault);
        if (fault == Fault.LOST_REPLY || (fault == Fault.TRUNCATE && reply.length() == 0)) {
            reset(socket);
            return false;
        }
        return write(out, request, operation, fault == null ? reply : distort(reply, fault), fault);
    }

    private boolean write(OutputStream out, Request request, S3Operation operation, Reply reply, @Nullable Fault fault)
            throws IOException {
        out.write(head(reply, request.keepAlive()).getBytes(StandardCharsets.ISO_8859_1));
        if (request.method().equals("HEAD")) {
            return true;
        }
        int length = fault == Fault.TRUNCATE ? reply.length() / 2 : reply.length();
        send(out, reply, length, fault == Fault.SLOW_DRIP);
        traffic.sent(operation, length);
        return fault != Fault.TRUNCATE;
    }

    private Reply execute(S3Operation operation, Request request, @Nullable Fault fault) {
        if (fault == null) {
            return handler.handle(operation, request);
        }
        return switch (fault) {
            case SLOW_DOWN -> Reply.error(503, "SlowDown", "Please reduce your request rate.");
            case INTERNAL_ERROR -> Reply.error(500, "InternalError", "We encountered an internal error.");
            case STALE_NOT_FOUND -> Reply.error(404, "NoSuchKey", "The specified key does not exist.");
            case DELAY -> {
                pause(faults.delay());
                yield handler.handle(operation, request);
            }
            case DUPLICATE -> {
                handler.handle(operation, request);
                yield handler.handle(operation, request);
            }
            case FLIPPED_BYTE -> handler.handle(operation, flipped(request));
            case RESET, LOST_REPLY, TRUNCATE, WRONG_ETAG, WRONG_CHECKSUM, SLOW_DRIP ->
                handler.handle(operation, request);
        };
    }

    private Request flipped(Request request) {
        if (request.body().length == 0) {
            return request;
        }
        byte[] body = request.body().clone();
        body[faults.place(body.length)] ^= 0x10;
        return request.withBody(body);
    }

    private Reply distort(Reply reply, Fault fault) {
        if (fault == Fault.WRONG_ETAG && reply.headers().containsKey("ETag")) {
            return reply.with("ETag", "\"0123456789abcdef0123456789abcdef\"");
        }
        if (fault == Fault.WRONG_CHECKSUM && reply.headers().containsKey("x-amz-checksum-crc32c")) {
            return reply.with("x-amz-checksum-crc32c", "AAAAAA==");
        }
        boolean data = reply.headers().containsKey("Accept-Ranges") && reply.length() > 0;
        if (fault == Fault.FLIPPED_BYTE && data) {
            byte[] body = new byte[reply.length()];
            System.arraycopy(reply.body(), reply.offset(), body, 0, body.length);
            body[faults.place(body.length)] ^= 0x10;
            return new Reply(reply.status(), reply.headers(), body, 0, body.length);
        }
        return reply;
    }

    private String head(Reply reply, boolean keepAlive) {
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(reply.status())
                .append(" S3\r\nContent-Length: ")
                .append(reply.length())
                .append("\r\nServer: ")
                .append(serverName)
                .append("\r\nDate: ")
                .append(Handler.httpDate(System.currentTimeMillis()))
                .append("\r\nConnection: ")
                .append(keepAlive ? "keep-alive" : "close")
                .append("\r\n");
        reply.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString();
    }

    private void send(OutputStream out, Reply reply, int length, boolean drip) throws IOException {
        long limit = bytesPerSecond;
        int piece = drip ? Math.max(1, length / DRIPS) : limit > 0 ? PIECE_BYTES : length;
        long begun = System.nanoTime();
        for (int at = 0; at < length; at += piece) {
            int count = Math.min(piece, length - at);
            out.write(reply.body(), reply.offset() + at, count);
            if (drip) {
                out.flush();
                pause(faults.delay().dividedBy(DRIPS));
            } else if (limit > 0) {
                long due = begun + (at + count) * 1_000_000_000L / limit;
                pause(Duration.ofNanos(due - System.nanoTime()));
            }
        }
        out.flush();
    }

    private static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Ends a connection with RST: what is on its way to the client is lost too. */
    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}

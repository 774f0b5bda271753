package dev.leat.cli.worker;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.mount.MetricsServer;
import dev.leat.cli.mount.PodStart;
import dev.leat.cli.mount.Telemetry;
import dev.leat.cli.mount.TreeFileWatch;
import dev.leat.cli.report.PodSide;
import dev.leat.cli.report.PodToken;
import dev.leat.cli.report.Reporter;
import dev.leat.worker.server.ServedSources;
import dev.leat.worker.server.Worker;
import dev.leat.worker.server.WorkerOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker, from its sources at the bottom to its socket at the top: the composition root of that process. */
public final class WorkerDaemon implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WorkerDaemon.class);

    /** The name of the cache's folder: one cache for all sources, which are told apart in it. */
    private static final String CACHE = "worker";

    /** What replies may take of {@code --memory}; the rest is for fetching. Replies that wait must not keep fetches from memory. */
    private static final int REPLY_SHARE = 2;

    /** The command that ends the daemon. */
    private static final String STOP = "stop";

    private static final long CLOSE_SECONDS = 60;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final WorkerRequest request;
    private final Worker worker;
    private final String address;
    private @Nullable MetricsServer metricsServer;
    private @Nullable Reporter reporter;

    private WorkerDaemon(WorkerRequest request) throws IOException {
        this.request = request;
        try {
            begin();
            OpenSources sources = keep(OpenSources.open(request.sources(), request.store()));
            long memory = request.cache().memoryBytes();
            BufferPool buffers = new BufferPool(memory - memory / REPLY_SHARE);
            BufferPool replies = new BufferPool(memory / REPLY_SHARE);
            ServedSources served = new ServedSources(sources.served());
            SourceCount count = keep(new SourceCount(sources, request.pod()));
            TreeFileWatch file = follow(sources, served, count);
            TieredCache cache = keep(BlobCaches.open(CACHE, request.cache().tiers(), served, buffers));
            PodToken known = PodToken.of(request.token(), request.pod());
            if (known.secret() != null) {
                keep(known.secret());
            }
            WorkerOptions options =
                    WorkerOptions.of(request.address(), known.token()).withConnections(request.connections());
            this.worker = keep(listen(options, cache, served, replies));
            this.address = name(worker.address());
            serveControl(
                    new WorkerFacts(
                            request,
                            known.token().isSet(),
                            address,
                            worker,
                            sources,
                            cache,
                            buffers,
                            replies,
                            Instant.now()),
                    new WorkerHealth(request.pod(), known.secret(), sources, cache, count));
            if (file != null) {
                file.start();
            }
        } catch (IOException | RuntimeException e) {
            closeAll();
            throw e;
        }
    }

    /** Serves; when this returns, mounts can connect. */
    public static WorkerDaemon start(WorkerRequest request) throws IOException {
        boolean given = request.pod() != null && request.pod().url() != null;
        if (!request.token().isSet()
                && !given
                && !request.address().getAddress().isLoopbackAddress()) {
            throw CliException.misused(
                    "a worker that other machines can reach gives them all bytes of its sources: give it"
                            + " --worker-token FILE, the same as its mounts, or let it --listen on 127.0.0.1");
        }
        WorkerDaemon daemon = new WorkerDaemon(request);
        daemon.installShutdown();
        return daemon;
    }

    /** Whoever waits for this daemon is told from the first moment on. */
    private void begin() {
        if (request.metrics() != null) {
            metricsServer = keep(new MetricsServer(request.metrics()));
        }
        if (request.pod() != null) {
            Reporter told = request.pod().reporter("it is starting");
            reporter = told == null ? null : keep(told);
        }
    }

    /** Serves what the dataset's file names, now and when it changes. */
    private @Nullable TreeFileWatch follow(OpenSources sources, ServedSources served, SourceCount count)
            throws IOException {
        if (request.dataset() == null) {
            return null;
        }
        TreeFileWatch file = keep(new TreeFileWatch(request.dataset(), tree -> {
            sources.set(tree.sources(), request.store());
            served.set(sources.served());
            count.again();
        }));
        PodStart.begin(file, this::waiting);
        return file;
    }

    private void waiting(String why) {
        if (metricsServer != null) {
            metricsServer.starting(why);
        }
        PodSide pod = request.pod();
        if (reporter != null && pod != null) {
            reporter.tell(() -> pod.bare(why));
        }
    }

    private static Worker listen(WorkerOptions options, TieredCache cache, ServedSources sources, BufferPool replies)
            throws IOException {
        try {
            return Worker.listen(options, cache, sources, replies);
        } catch (BindException e) {
            throw CliException.failed("cannot listen on " + name(options.address()) + ": " + e.getMessage()
                    + "; choose another address with --listen, or port 0 for one that is free");
        }
    }

    private static String name(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** The folder in which the worker at an address tells of itself. */
    public static StateFolder state(String address) {
        return StateFolder.of(Path.of("/worker", address));
    }

    private void serveControl(WorkerFacts facts, WorkerHealth health) throws IOException {
        StateFolder state = state(address);
        state.create();
        opened.push(state::remove);
        Telemetry telemetry = keep(new Telemetry(facts::samples));
        String metricsUrl = null;
        if (metricsServer != null) {
            metricsServer.serve(telemetry, health::problem);
            metricsUrl = metricsServer.url();
        }
        if (reporter != null) {
            reporter.tell(health::report);
        }
        facts.metricsAt(metricsUrl);
        state.write(facts.facts());
        ControlServer.Handler handler = (command, _, _) -> switch (command) {
            case "status" -> facts.live();
            case "stats" -> telemetry.exposition().values();
            case STOP -> {
                stopping.countDown();
                yield Map.of("worker", address);
            }
            default -> throw CliException.failed("'" + command + "' is for mounts; " + address + " is a worker");
        };
        opened.push(new ControlServer(state.socket(), handler, STOP));
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    /** What to tell who started it. */
    public String announcement() {
        return "a worker listens on " + address;
    }

    /** Waits until the process is told to end. */
    public void awaitEnd() throws InterruptedException {
        stopping.await();
    }

    private void installShutdown() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopping.countDown();
            try {
                long wait = request.drain().toSeconds() + CLOSE_SECONDS;
                if (closed.getCount() > 0 && !closed.await(wait, TimeUnit.SECONDS)) {
                    log.warn("the worker on {} ends before it is through", address);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    @Override
    public void close() {
        try {
            if (!worker.drain(request.drain())) {
                log.warn(
                        "requests were still being answered after {}: their mounts go on with the store",
                        request.drain());
            }
        } catch (IOException e) {
            log.warn("while ending: {}", e.getMessage());
        }
        closeAll();
        log.info("the worker on {} has ended", address);
        closed.countDown();
    }

    private void closeAll() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                // The rest must be closed all the same.
                log.warn("while closing: {}", e.getMessage());
            }
        }
    }
}

package dev.leat.cli.mount;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.worker.Peers;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Freshness;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.store.StoreException;
import dev.leat.sys.ErrnoException;
import dev.leat.worker.client.PeerSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source that is mounted in place, from its requests at the bottom to the kernel's session at the top: the composition root
 * of such a mount. What is opened is closed in the opposite order, also when opening fails half-way.
 */
public final class DatasetDaemon implements Mounted {
    private static final Logger log = LoggerFactory.getLogger(DatasetDaemon.class);

    /** The kernel's read-ahead of a mount: as much as one request for a block, so that a stream keeps the source busy. */
    private static final int READ_AHEAD_KIB = 4096;

    private static final Duration POLL = Duration.ofSeconds(1);

    /** How long a signalled daemon waits for files to be closed; nothing is lost when it does not. */
    private static final long SHUTDOWN_SECONDS = 10;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final MountRequest request;
    private final DatasetFlags dataset;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started = Instant.now();
    private final AccessStreams streams = new AccessStreams();
    private final DatasetParts parts;
    private final KernelMount mount;
    private final FuseSession session;

    private DatasetDaemon(MountRequest request, DatasetFlags dataset) throws IOException {
        this.request = request;
        this.dataset = dataset;
        this.mountPoint = request.mountPoint().toAbsolutePath().normalize();
        this.state = StateFolder.of(mountPoint);
        MountFlags.Switch passthrough = request.flags().passthrough();
        FuseDataset.Ownership ownership = ownership(dataset);
        refuseSecond();
        try {
            this.parts = open();
            VirtualFiles virtual = new VirtualFiles(streams, started);
            this.mount = keep(KernelMount.make(
                    mountPoint, parts.source().location(), request.flags(), "ro,nosuid,nodev", streams));
            SessionOptions options = SessionOptions.defaults()
                    .withDeadline(request.flags().requestTimeout())
                    .withAccessLog(streams);
            if (passthrough != MountFlags.Switch.OFF) {
                options = options.withPassthrough();
            }
            FuseDataset operations = new FuseDataset(parts.tree(), parts.files(), virtual, ownership, started);
            this.session = FuseSession.start(mount.mount().descriptor(), options, operations);
            opened.push(session);
            mount.mount().setReadAhead(READ_AHEAD_KIB);
            serveControl(operations, virtual, passThrough(passthrough));
        } catch (IOException | RuntimeException e) {
            closeAll();
            throw e;
        }
    }

    /** Mounts; when this returns, the mount can be used. */
    public static DatasetDaemon start(MountRequest request, DatasetFlags dataset) throws IOException {
        if (request.background()) {
            Path logFile = MountStatus.logFile(
                    StateFolder.of(request.mountPoint().toAbsolutePath().normalize()));
            Files.createDirectories(logFile.getParent());
            request.log().toFile(logFile);
        } else {
            request.log().toForeground();
        }
        DaemonHygiene.apply();
        DatasetDaemon daemon = new DatasetDaemon(request, dataset);
        daemon.installShutdown();
        return daemon;
    }

    private void refuseSecond() throws IOException {
        if (state.alive()) {
            throw CliException.failed(mountPoint + " is served by daemon "
                    + state.facts().map(facts -> facts.get("pid")).orElse(null)
                    + " already; 'leat umount " + mountPoint + "' ends it");
        }
    }

    private DatasetParts open() throws IOException {
        SourceUrl url = url(request.source());
        MountFlags flags = request.flags();
        Freshness freshness = dataset.freshness();
        String bundle = request.store().kept().get("ca-bundle");
        Source source = keep(Sources.open(
                url,
                request.store().options(Map.of(), false, flags.storeLimits()),
                "leat/" + Version.text(),
                bundle == null ? null : Path.of(bundle)));
        refuseItself(url);
        probe(source);
        BufferPool buffers = new BufferPool(flags.memoryBytes());
        InPlace origin = new InPlace(source);
        String identity = SourceIdentity.of(source);
        PeerSource peers = Peers.open(identity, flags.workers(), origin);
        if (peers != null) {
            keep(peers);
        }
        TieredCache cache = keep(BlobCaches.open(identity, flags.tiers(), peers == null ? origin : peers, buffers));
        if (flags.scrubBytesPerSecond() > 0) {
            cache.scrub(flags.scrubBytesPerSecond());
        }
        Tree tree = keep(new Tree(source, freshness));
        return new DatasetParts(source, freshness, buffers, origin, peers, cache, tree, new OpenFiles(cache, origin));
    }

    private void refuseItself(SourceUrl url) throws IOException {
        if (url instanceof SourceUrl.Directory(Path shown)
                && Files.exists(mountPoint)
                && mountPoint.toRealPath().startsWith(shown.toRealPath())) {
            throw CliException.misused(mountPoint + " lies in " + shown
                    + ", which is to be shown there: a tree cannot hold itself; name another mount point");
        }
    }

    private static SourceUrl url(String text) {
        try {
            return SourceUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }

    /** A source that cannot be listed, or shows nothing, is refused now rather than found to be empty later. */
    private static void probe(Source source) throws StoreException {
        boolean[] any = new boolean[1];
        source.list("", entry -> {
            any[0] = true;
            return false;
        });
        if (!any[0]) {
            throw CliException.failed(
                    "there is nothing in " + source.location() + "; check bucket, prefix or path of the address");
        }
    }

    static FuseDataset.Ownership ownership(DatasetFlags flags) {
        return new FuseDataset.Ownership(flags.uid(), flags.gid(), flags.fileMode(), flags.directoryMode());
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    /** Lets the kernel read cached files by itself if it can; else why not. */
    private @Nullable String passThrough(MountFlags.Switch wanted) throws CliException {
        if (wanted == MountFlags.Switch.OFF) {
            return "--passthrough off";
        }
        String obstacle = KernelPassthrough.obstacle(
                session.backingFiles(), session.negotiated(), request.flags().tiers(), null);
        if (obstacle == null) {
            parts.files().passthrough(new KernelPassthrough(session.backingFiles()));
        } else if (wanted == MountFlags.Switch.ON) {
            throw CliException.failed("--passthrough on: " + obstacle);
        } else {
            log.info("all reads go through this process: {}", obstacle);
        }
        return obstacle;
    }

    private void serveControl(FuseDataset operations, VirtualFiles virtual, @Nullable String withoutPassthrough)
            throws IOException {
        state.create();
        opened.push(state::remove);
        DatasetMetrics sampled = new DatasetMetrics(parts, operations, session, mountPoint, started);
        Telemetry telemetry = keep(new Telemetry(sampled::samples));
        virtual.stats(() -> telemetry.exposition().lines());
        String metrics = request.flags().metrics();
        String metricsUrl = null;
        if (metrics != null) {
            metricsUrl = keep(new MetricsServer(metrics, telemetry)).url();
        }
        DatasetStatus status = new DatasetStatus(
                request, mountPoint, state, started, parts, operations, session, metricsUrl, withoutPassthrough);
        state.write(status.facts());
        DatasetControl control = new DatasetControl(status, telemetry, mountPoint, mount::unmount);
        opened.push(new ControlServer(state.socket(), control, MountControl.UMOUNT));
    }

    @Override
    public String announcement() {
        return parts.source().location() + " is mounted at " + mountPoint;
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        boolean ended = false;
        while (!ended) {
            ended = session.awaitEnd(POLL);
            mount.endStreamsIfUnmounted();
        }
    }

    private void installShutdown() {
        // Ctrl-C and SIGTERM: unmounting ends the session, upon which the main thread closes everything.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                if (closed.getCount() == 0) {
                    return;
                }
                mount.unmount(true);
                if (!closed.await(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                    log.warn(
                            "{}: ends while {} files are still open",
                            mountPoint,
                            parts.files().open());
                }
            } catch (IOException e) {
                log.error("unmount of {} failed: {}", mountPoint, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    @Override
    public void close() {
        closeAll();
        log.info("{} is unmounted", mountPoint);
        closed.countDown();
    }

    private void closeAll() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (ErrnoException e) {
                log.debug("while closing: {}", e.getMessage());
            } catch (Exception e) {
                // The rest must be closed all the same.
                log.warn("while closing: {}", e.getMessage());
            }
        }
    }
}

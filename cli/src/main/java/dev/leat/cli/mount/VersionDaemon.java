package dev.leat.cli.mount;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TierSpec;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.dataset.Refs;
import dev.leat.cli.dataset.SealedSource;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.VersionFlags;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.dataset.erofs.IndexedTree;
import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.read.InPlace;
import dev.leat.dataset.read.Refusals;
import dev.leat.dataset.read.SealedFiles;
import dev.leat.dataset.read.SealedOrigin;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.registry.VersionRef;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Ownership;
import dev.leat.fuse.mount.MountException;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.store.StoreException;
import dev.leat.sys.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sealed version that is mounted, from its source's requests at the bottom to the kernel's session at the top: the composition root of such a
 * mount. The registry is asked once, when it begins. What is opened is closed in the opposite order, also when opening fails half-way.
 */
public final class VersionDaemon implements Mounted {
    private static final Logger log = LoggerFactory.getLogger(VersionDaemon.class);

    private static final Duration POLL = Duration.ofSeconds(1);

    /** How long a signalled daemon waits for the session to end; nothing is lost when it does not. */
    private static final long SHUTDOWN_SECONDS = 10;

    /** Where indexes lie, in a folder of the cache. */
    private static final String INDEXES = "versions";

    /** And the images of EROFS. */
    private static final String IMAGES = "images";

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final MountRequest request;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started = Instant.now();
    private final VersionParts parts;
    private final ServedVersion served;
    private final @Nullable Holder holder;

    private VersionDaemon(MountRequest request, DatasetFlags dataset, VersionFlags version, @Nullable Holder holder)
            throws IOException {
        this.request = request;
        this.holder = holder;
        this.mountPoint = request.mountPoint().toAbsolutePath().normalize();
        this.state = StateFolder.of(mountPoint);
        Ownership ownership = dataset.ownership();
        MountState before = null;
        if (holder != null && holder.resumes()) {
            before = MountState.read(state);
        } else {
            refuseSecond();
        }
        try {
            this.parts = open(version, before);
            this.served = keep(serve(version.serving(), ownership, before));
            state.create();
            serveControl(survive(version.serving()));
            if (holder != null) {
                holder.serves();
            }
        } catch (IOException | RuntimeException e) {
            if (before == null) {
                closeAll();
            }
            throw e;
        }
    }

    /** Mounts; when this returns, the mount can be used. */
    public static VersionDaemon start(MountRequest request, DatasetFlags dataset, VersionFlags version)
            throws IOException {
        if (version.serving() == VersionFlags.Serving.EROFS) {
            Holder.refuseSuccessor();
        }
        if (request.background()) {
            Path logFile = MountStatus.logFile(
                    StateFolder.of(request.mountPoint().toAbsolutePath().normalize()));
            Files.createDirectories(logFile.getParent());
            request.log().toFile(logFile);
        } else {
            request.log().toForeground();
        }
        DaemonHygiene.apply();
        boolean held =
                request.flags().survive() && request.background() && version.serving() != VersionFlags.Serving.EROFS;
        Holder holder = held ? Holder.of(System.getenv()) : null;
        try {
            VersionDaemon daemon = new VersionDaemon(request, dataset, version, holder);
            daemon.installShutdown();
            return daemon;
        } catch (IOException | RuntimeException e) {
            if (holder != null) {
                holder.tryAgain(request.mountPoint(), e);
            }
            throw e;
        }
    }

    /** Leaves what the next daemon needs if this one is killed; answers why there can be none, or null. */
    private @Nullable String survive(VersionFlags.Serving serving) throws IOException {
        if (serving == VersionFlags.Serving.EROFS) {
            return "with EROFS the kernel's requests for bytes end with this process";
        }
        if (holder == null) {
            return Holder.missing(request.background());
        }
        String obstacle = Holder.obstacle(served.session().negotiated());
        if (obstacle == null) {
            String digest = parts.version().summary().tree().toString();
            MountState.ofVersion(served.session().negotiated(), digest).write(state);
        }
        return obstacle;
    }

    private void refuseSecond() throws IOException {
        if (state.alive()) {
            throw CliException.failed(mountPoint + " is served by daemon "
                    + state.facts().map(facts -> facts.get("pid")).orElse(null)
                    + " already; 'leat umount " + mountPoint + "' ends it");
        }
    }

    private ServedVersion serve(VersionFlags.Serving wanted, Ownership ownership, @Nullable MountState before)
            throws IOException {
        if (wanted == VersionFlags.Serving.EROFS) {
            try {
                return erofs(ownership);
            } catch (IOException e) {
                throw CliException.failed("--serve erofs: " + e.getMessage() + "; '--serve fuse' can do without");
            }
        }
        FuseVersion operations = new FuseVersion(
                parts.version().ref().toString(), parts.index(), parts.files(), parts.refusals(), ownership);
        return before == null || holder == null
                ? FuseServing.start(mountPoint, parts, request.flags(), operations, holder)
                : FuseServing.resume(mountPoint, request.flags(), operations, holder, before);
    }

    private ServedVersion erofs(Ownership ownership) throws IOException {
        String obstacle = KernelMount.isDescriptor(mountPoint)
                ? "the mount point is a descriptor, which somebody else mounts"
                : ErofsServing.obstacle();
        if (obstacle != null) {
            throw new MountException(obstacle);
        }
        IndexedTree.Defaults defaults = new IndexedTree.Defaults(
                ownership.uid(), ownership.gid(), ownership.fileMode(), ownership.directoryMode());
        return ErofsServing.start(
                mountPoint,
                new IndexedTree(parts.index(), new InPlace(parts.source()), defaults),
                parts.cache(),
                parts.indexFolder().resolveSibling(IMAGES),
                SessionOptions.defaults().withDeadline(request.flags().requestTimeout()),
                !KernelMount.options(parts.address(), request.flags(), "").isNoexec(),
                this::refused);
    }

    /** EROFS makes EIO of everything; here is told which files are not what was sealed. */
    private void refused(String path, IOException why) {
        if (why instanceof StoreException e
                && (e.kind() == StoreException.Kind.PRECONDITION_FAILED || e.kind() == StoreException.Kind.NOT_FOUND)) {
            parts.refusals().add(parts.version().ref().toString(), path, String.valueOf(why.getMessage()));
        }
    }

    private VersionParts open(VersionFlags flags, @Nullable MountState before) throws IOException {
        VersionRef given = Refs.parse(request.source());
        String digest = before == null ? null : before.digest();
        // A tag may be another version's by now; the kernel knows names of the one that was mounted.
        VersionRef ref = digest == null ? given : new VersionRef(given.name(), digest);
        Path folder = indexFolder(request.flags().tiers());
        VersionRecord version;
        TreeIndex index;
        String where;
        try (Registry registry = flags.registry().open(request.store())) {
            where = registry.location();
            version = registry.find(ref);
            VersionRecord found = version;
            index = TreeIndex.open(folder, found.summary(), () -> registry.manifest(found));
        } catch (ManifestException e) {
            throw CliException.failed("the manifest of " + ref + " is damaged or forged: " + e.getMessage()
                    + "; seal the version again under another name");
        }
        // The mapping lives as long as this process: a late answer to the kernel must find it.
        Source source =
                keep(SealedSource.open(version, request.store(), request.flags().storeLimits()));
        warn(version, source);
        BufferPool buffers = new BufferPool(request.flags().memoryBytes());
        SealedOrigin origin = new SealedOrigin(new InPlace(source), index);
        TieredCache cache =
                keep(BlobCaches.open(SourceIdentity.of(source), request.flags().tiers(), origin, buffers));
        SealedFiles files = new SealedFiles(index, cache, origin);
        return new VersionParts(where, version, source, buffers, cache, folder, index, origin, files, new Refusals());
    }

    private static Path indexFolder(List<TierSpec> tiers) {
        // The slowest tier: memory is for bytes.
        return tiers.getLast().directories().getFirst().resolve(INDEXES);
    }

    private static void warn(VersionRecord version, Source source) {
        if (version.summary().strength() == Strength.WEAK && !source.kind().equals("s3")) {
            log.warn(
                    "{} is a weak seal of {}: what changes there without a new time or length is not noticed; seal with --strong",
                    version.ref(),
                    source.location());
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    private void serveControl(@Nullable String mortal) throws IOException {
        opened.push(state::remove);
        VersionMetrics sampled = new VersionMetrics(parts, served.session(), mountPoint, started);
        Telemetry telemetry = keep(new Telemetry(sampled::samples));
        String metrics = request.flags().metrics();
        String metricsUrl = null;
        if (metrics != null) {
            metricsUrl = keep(new MetricsServer(metrics, telemetry)).url();
        }
        WarmupJobs warmups = keep(new WarmupJobs(arguments -> SourceWarmup.of(parts, arguments)));
        VersionStatus status = new VersionStatus(
                request, mountPoint, state, started, parts, warmups, served, metricsUrl, holder, mortal);
        state.write(status.facts());
        VersionControl control = new VersionControl(status, parts, warmups, telemetry, mountPoint, served::unmount);
        opened.push(new ControlServer(state.socket(), control, MountControl.UMOUNT));
    }

    @Override
    public String announcement() {
        return parts.version().ref() + " (" + parts.version().summary().strength() + ", "
                + parts.version().summary().tree() + ") is mounted at " + mountPoint;
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        boolean ended = false;
        while (!ended) {
            ended = served.session().awaitEnd(POLL);
        }
    }

    private void installShutdown() {
        // Ctrl-C and SIGTERM: unmounting ends the session, upon which the main thread closes everything.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                if (closed.getCount() == 0) {
                    return;
                }
                served.unmount(true);
                if (!closed.await(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                    log.warn("{}: ends while files are still open", mountPoint);
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

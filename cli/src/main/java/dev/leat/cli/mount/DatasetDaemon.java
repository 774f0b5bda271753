package dev.leat.cli.mount;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.option.SourceSpec;
import dev.leat.cli.option.TreeFile;
import dev.leat.cli.option.WorkerFlags;
import dev.leat.cli.report.OperatorSecret;
import dev.leat.cli.report.PodSide;
import dev.leat.cli.report.PodToken;
import dev.leat.cli.report.Reporter;
import dev.leat.cli.worker.Peers;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.dataset.read.BranchOrigin;
import dev.leat.dataset.read.Handover;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.tree.ListingStore;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.BackingFiles;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.session.Notifier;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.sys.ErrnoException;
import dev.leat.worker.client.PeerGroup;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sources that are mounted in place, from its requests at the bottom to the kernel's session at the top: the composition root
 * of such a mount. What is opened is closed in the opposite order, also when opening fails half-way.
 */
public final class DatasetDaemon implements Mounted {
    private static final Logger log = LoggerFactory.getLogger(DatasetDaemon.class);

    /** The kernel's read-ahead of a mount: as much as one request for a block, so that a stream keeps the source busy. */
    private static final int READ_AHEAD_KIB = 4096;

    /** Given in place of a source, as for other file systems that are of no device. */
    public static final String NO_SOURCE = "none";

    private static final Duration POLL = Duration.ofSeconds(1);

    /** How long a signalled daemon waits for files to be closed; nothing is lost when it does not. */
    private static final long SHUTDOWN_SECONDS = 10;

    /** How long a mount in a pod waits for the operator's secret of the workers before it goes on without them. */
    private static final Duration SECRET_WAIT = Duration.ofSeconds(10);

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
    private @Nullable TreeFileWatch file;
    private @Nullable MetricsServer metricsServer;
    private @Nullable Reporter reporter;
    private volatile List<String> workers = List.of();
    private final FuseSession session;
    private final @Nullable Holder holder;

    private DatasetDaemon(MountRequest request, DatasetFlags dataset, @Nullable Holder holder) throws IOException {
        this.request = request;
        this.holder = holder;
        this.dataset = dataset;
        this.mountPoint = request.mountPoint().toAbsolutePath().normalize();
        this.state = StateFolder.of(mountPoint);
        MountFlags.Switch passthrough = request.flags().passthrough();
        MountState before = null;
        if (holder != null && holder.resumes()) {
            before = MountState.read(state);
        } else {
            refuseSecond();
        }
        try {
            begin();
            this.parts = open(before);
            VirtualFiles virtual = new VirtualFiles(streams, started);
            this.mount = holder != null && before != null
                    ? KernelMount.resume(mountPoint, streams, holder)
                    : KernelMount.make(mountPoint, shownAs(), request.flags(), "ro,nosuid,nodev", streams, holder);
            opened.push(mount);
            SessionOptions options = SessionOptions.defaults()
                    .withDeadline(request.flags().requestTimeout())
                    .withAccessLog(streams);
            if (passthrough != MountFlags.Switch.OFF) {
                options = options.withPassthrough();
            }
            state.create();
            opened.push(state::remove);
            int descriptor = mount.mount().descriptor();
            String without = "the daemon before this one had none";
            if (before != null && before.negotiated().has(InitFlags.PASSTHROUGH)) {
                without = passThrough(passthrough, BackingFiles.of(descriptor), before.negotiated());
            }
            Handover handover = handover(before != null);
            FuseDataset operations = new FuseDataset(
                    parts.tree(), parts.files(), virtual, dataset.ownership(), started, handover, generation());
            if (before == null) {
                this.session = FuseSession.start(descriptor, options, operations);
                mount.mount().setReadAhead(READ_AHEAD_KIB);
                without = passThrough(passthrough, session.backingFiles(), session.negotiated());
            } else {
                this.session = FuseSession.resume(descriptor, before.negotiated(), options, operations);
            }
            opened.push(session);
            Notifier relayed = relayed();
            parts.sources()
                    .kernel(
                            names -> FuseDataset.forget(session.notifier(), names),
                            names -> FuseDataset.forget(relayed, names));
            serveControl(operations, virtual, without, survive());
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
        Holder holder = request.flags().survive() && request.background() ? Holder.of(System.getenv()) : null;
        try {
            DatasetDaemon daemon = new DatasetDaemon(request, dataset, holder);
            daemon.installShutdown();
            return daemon;
        } catch (IOException | RuntimeException e) {
            if (holder != null) {
                holder.tryAgain(request.mountPoint(), e);
            }
            throw e;
        }
    }

    /** Tells the kernel by another process: one that waits for the kernel cannot be killed. What that loses is found when its time is over. */
    private Notifier relayed() {
        HolderRelay relay = holder == null ? null : holder.relay(() -> {});
        return relay == null ? session.notifier() : session.notifier().relayed(keep(relay));
    }

    /** Daemons of this mount before this one. */
    private int generation() {
        return holder == null ? 0 : holder.daemons();
    }

    private @Nullable Handover handover(boolean resumes) throws IOException {
        if (holder == null) {
            return null;
        }
        Handover handover = keep(
                resumes
                        ? Handover.resume(state.journal(), parts.tree(), parts.files())
                        : Handover.create(state.journal()));
        parts.files().handover(handover);
        return handover;
    }

    /** Leaves what the next daemon needs if this one is killed; answers why there can be none, or null. */
    private @Nullable String survive() throws IOException {
        if (holder == null) {
            return Holder.missing(request.background());
        }
        String obstacle = Holder.obstacle(session.negotiated());
        if (obstacle == null) {
            parts.sources()
                    .saving(named ->
                            MountState.ofSources(session.negotiated(), named).write(state));
        }
        return obstacle;
    }

    /** Whoever waits for this daemon is told from the first moment on. */
    private void begin() throws IOException {
        String metrics = request.flags().metrics();
        if (metrics != null) {
            metricsServer = keep(new MetricsServer(metrics));
        }
        if (request.pod() != null) {
            keep(PodMountPoint.prepare(mountPoint));
            Reporter told = request.pod().reporter("it is starting");
            reporter = told == null ? null : keep(told);
        }
    }

    private void refuseSecond() throws IOException {
        if (state.alive()) {
            throw CliException.failed(mountPoint + " is served by daemon "
                    + state.facts().map(facts -> facts.get("pid")).orElse(null)
                    + " already; 'leat umount " + mountPoint + "' ends it");
        }
    }

    /** The cache is found again by whatever is mounted; a tree of sources by its name, or by where it is mounted. */
    private DatasetParts open(@Nullable MountState before) throws IOException {
        MountFlags flags = request.flags();
        // Where a mount is gone on with, whoever looks at the mount point waits for this daemon.
        boolean path = before == null && !KernelMount.isDescriptor(mountPoint) && Files.exists(mountPoint);
        Path real = path ? mountPoint.toRealPath() : mountPoint;
        PodSide pod = request.pod();
        PeerGroup peers =
                pod == null ? Peers.open(flags.workers()) : Peers.open(token(pod, flags.workers()), () -> workers);
        if (peers != null) {
            keep(peers);
            if (dataset.expand()) {
                log.warn(
                        "--expand: members of shards are read from the source and not from workers, which have whole shards");
            }
        }
        BranchOrigin origin = new BranchOrigin(
                (source, store) -> peers == null ? store : peers.before(SourceIdentity.of(source), store));
        Tree tree = keep(new Tree(new ListingStore(listings(), dataset.listingBytes()), generation()));
        SourceTable sources = keep(new SourceTable(tree, origin, request.store(), dataset, flags.storeLimits(), real));
        List<SourceSpec> named = new ArrayList<>();
        String identity = "tree " + mountPoint;
        if (TreeFile.isNamed(request.source())) {
            TreeFileWatch follows =
                    keep(new TreeFileWatch(Path.of(request.source()).toAbsolutePath(), told -> {
                        sources.set(SourceTable.Owner.FILE, told.sources());
                        workers = told.workers();
                    }));
            String name = (pod == null ? follows.begin() : PodStart.begin(follows, this::waiting)).name();
            identity = name == null ? identity : "tree " + name;
            file = follows;
        } else if (!request.source().equals(NO_SOURCE)) {
            named.add(SourceSpec.whole(request.source()));
        }
        named.addAll(dataset.added());
        // Commands may have changed what there was at first.
        sources.add(before == null ? named : before.sources());
        if (file == null && !request.source().equals(NO_SOURCE)) {
            identity = sources.live().stream()
                    .findFirst()
                    .map(live -> live.source().location())
                    .orElse(identity);
        }
        BufferPool buffers = new BufferPool(flags.memoryBytes());
        TieredCache cache = keep(BlobCaches.open(SourceIdentity.named(identity), flags.tiers(), origin, buffers));
        if (flags.scrubBytesPerSecond() > 0) {
            cache.scrub(flags.scrubBytesPerSecond());
        }
        return new DatasetParts(
                buffers, origin, peers, cache, tree, new OpenFiles(cache, origin::blob, generation()), sources);
    }

    /** Names are kept beside the bytes, in the first folder of the cache; sources tell them apart. */
    private Path listings() {
        return request.flags().tiers().getFirst().directories().getFirst().resolve("names");
    }

    /** What the mount is of, in one word. */
    private String shownAs() {
        List<SourceTable.Live> live = List.copyOf(parts.sources().live());
        return file == null && live.size() == 1 ? live.getFirst().source().location() : request.source();
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    /** Lets the kernel read cached files by itself if it can; else why not. */
    private @Nullable String passThrough(MountFlags.Switch wanted, BackingFiles files, Negotiated negotiated)
            throws CliException {
        if (wanted == MountFlags.Switch.OFF) {
            return "--passthrough off";
        }
        String obstacle =
                KernelPassthrough.obstacle(files, negotiated, request.flags().tiers(), null);
        if (obstacle == null) {
            parts.files().passthrough(new KernelPassthrough(files));
        } else if (wanted == MountFlags.Switch.ON) {
            throw CliException.failed("--passthrough on: " + obstacle);
        } else {
            log.info("all reads go through this process: {}", obstacle);
        }
        return obstacle;
    }

    private void serveControl(
            FuseDataset operations, VirtualFiles virtual, @Nullable String withoutPassthrough, @Nullable String mortal)
            throws IOException {
        SourceMeasure measure = keep(new SourceMeasure(parts));
        String address = dataset.notifyAddress();
        NotifyServer notify = address == null ? null : keep(new NotifyServer(address, dataset.notifySecret(), parts));
        DatasetMetrics sampled = new DatasetMetrics(parts, measure, notify, operations, session, mountPoint, started);
        Telemetry telemetry = keep(new Telemetry(sampled::samples));
        virtual.stats(() -> telemetry.exposition().lines());
        DatasetHealth health = new DatasetHealth(parts, mountPoint, request.pod());
        String metricsUrl = null;
        if (metricsServer != null) {
            metricsServer.serve(telemetry, health::problem);
            metricsUrl = metricsServer.url();
        }
        if (reporter != null) {
            reporter.tell(health::report);
        }
        WarmupJobs warmups = keep(new WarmupJobs(arguments -> SourceWarmup.of(parts, arguments)));
        DatasetStatus status = new DatasetStatus(
                request,
                shownAs(),
                mountPoint,
                state,
                started,
                parts,
                warmups,
                measure,
                notify,
                file,
                operations,
                session,
                metricsUrl,
                withoutPassthrough,
                holder,
                mortal);
        state.write(status.facts());
        DatasetControl control =
                new DatasetControl(status, parts, warmups, measure, telemetry, mountPoint, mount::unmount);
        opened.push(new ControlServer(state.socket(), control, MountControl.UMOUNT));
        if (file != null) {
            file.start();
        }
    }

    /**
     * What workers are known by. An operator that is away is waited for a little: without the secret, reads go to the source past the
     * workers until it is there.
     */
    private Token token(PodSide pod, WorkerFlags workers) throws IOException {
        PodToken known = PodToken.of(workers.token(), pod);
        OperatorSecret secret = known.secret();
        if (secret != null) {
            keep(secret);
            try {
                var _ = secret.await(SECRET_WAIT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for the operator");
            }
        }
        return known.token();
    }

    private void waiting(String why) {
        if (metricsServer != null) {
            metricsServer.starting(why);
        }
        if (reporter != null && request.pod() != null) {
            PodSide pod = request.pod();
            reporter.tell(() -> pod.bare(why));
        }
    }

    @Override
    public String announcement() {
        return shownAs() + " is mounted at " + mountPoint;
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

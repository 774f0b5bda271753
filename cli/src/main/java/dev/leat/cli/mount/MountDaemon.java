package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.StoreSource;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.volume.VolumeBlobs;
import dev.leat.cli.worker.Peers;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.fuse.mount.FuseMount;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.fuse.mount.MountOptions;
import dev.leat.fuse.session.BackingFiles;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.CompactionReport;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.MeteredEngine;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.SessionToken;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.BlobStore;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Processes;
import dev.leat.vfs.Journal;
import dev.leat.vfs.Vfs;
import dev.leat.vfs.VfsOptions;
import dev.leat.worker.client.PeerSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted volume, from the engine at the bottom to the kernel's session at the top: the composition root of a mount.
 * What is opened is closed in the opposite order, also when opening fails half-way.
 */
public final class MountDaemon implements Mounted {
    private static final Logger log = LoggerFactory.getLogger(MountDaemon.class);

    /** The kernel's read-ahead of a mount: as much as one GET of a block, so that a stream keeps the store busy. */
    private static final int READ_AHEAD_KIB = 4096;

    /** How often the end of the session is looked for between signals. */
    private static final Duration POLL = Duration.ofSeconds(1);

    /** How long readers of the access log may take to close it; {@code tail -f} looks once a second. */
    private static final Duration STREAMS_END = Duration.ofSeconds(4);

    /** How long a signalled daemon may publish before it ends all the same; service managers wait 90 s. */
    private static final long SHUTDOWN_SECONDS = 75;

    private static final long SHUTDOWN_STEP_SECONDS = 2;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final MountRequest request;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started = Instant.now();
    private final AccessStreams streams = new AccessStreams();
    private final VirtualFiles virtual = new VirtualFiles(streams, started);
    private final MountParts parts;
    private final FuseMount mount;
    private final FuseSession session;
    private final @Nullable Holder holder;
    private volatile @Nullable BackgroundCompaction compaction;

    private MountDaemon(MountRequest request, @Nullable Holder holder) throws IOException {
        this.request = request;
        this.holder = holder;
        this.mountPoint = request.mountPoint().toAbsolutePath().normalize();
        this.state = StateFolder.of(mountPoint);
        MountFlags.Switch passthrough = wantsPassthrough();
        MountState before = null;
        if (holder != null && holder.resumes()) {
            before = MountState.read(state).next();
            before.write(state);
        } else {
            refuseSecond();
        }
        try {
            this.parts = open(before);
            KernelCache kernelCache = new KernelCache(parts.vfs(), parts.meta().feedFresh(), holder);
            opened.push(kernelCache);
            parts.meta().listen(kernelCache);
            this.mount = before == null || holder == null
                    ? mount(parts.volume())
                    : FuseMount.resume(mountPoint, holder.descriptor());
            opened.push(this::unmountAtEnd);
            boolean acls = before == null
                    ? parts.volume().hasAcls()
                    : before.negotiated().has(InitFlags.POSIX_ACL);
            SessionOptions options = options(acls, passthrough != MountFlags.Switch.OFF);
            boolean readOnly = request.flags().readOnly();
            FuseVfs operations = new FuseVfs(
                    parts.vfs(), parts.meta(), kernelCache, virtual, Clock.systemUTC(), readOnly, acls, resent());
            String without = "the daemon before this one had none";
            if (before == null) {
                parts.vfs().replay();
                this.session = FuseSession.start(mount.descriptor(), options, operations);
                mount.setReadAhead(READ_AHEAD_KIB);
                without = passThrough(passthrough, session.backingFiles(), session.negotiated());
            } else {
                if (before.negotiated().has(InitFlags.PASSTHROUGH)) {
                    without = passThrough(passthrough, BackingFiles.of(mount.descriptor()), before.negotiated());
                }
                SessionToken token = before.session();
                parts.vfs().resume(token == null ? 0 : token.id());
                operations.locks().resumed();
                this.session = FuseSession.resume(mount.descriptor(), before.negotiated(), options, operations);
                kernelCache.resumed();
            }
            opened.push(session);
            String mortal = survive();
            serveControl(kernelCache, without, mortal);
            if (holder != null) {
                holder.serves();
            }
            if (!readOnly) {
                opened.push(Maintenance.start(parts, request.flags().backupInterval()));
                compactInBackground();
            }
        } catch (IOException | RuntimeException e) {
            if (before == null) {
                closeAll();
                // What is there of a mount that is dead tells how to clear it.
                if (state.facts().isEmpty()) {
                    state.remove();
                }
            }
            throw e;
        }
    }

    private SessionOptions options(boolean acls, boolean passthrough) {
        SessionOptions options = SessionOptions.defaults()
                .withFlags((acls ? SessionOptions.ACL_FLAGS : 0) | InitFlags.HANDLE_KILLPRIV_V2)
                .withDeadline(request.flags().requestTimeout())
                .withAccessLog(streams);
        return passthrough ? options.withPassthrough() : options;
    }

    private Resent resent() {
        return new Resent(parts.meta(), holder == null ? null : state.journal());
    }

    /** Leaves what the next daemon needs if this one is killed; answers why there can be none, or null. */
    private @Nullable String survive() throws IOException {
        if (holder == null) {
            return Holder.missing(request.background());
        }
        String obstacle = Holder.obstacle(session.negotiated());
        if (obstacle != null) {
            return obstacle;
        }
        Session own = parts.meta().client().session();
        MountState.ofVolume(session.negotiated(), own == null ? null : own.token())
                .write(state);
        return null;
    }

    /** Mounts that can write have passthrough where it is asked for: the kernel's own writes are found by looking, which is new. */
    private MountFlags.Switch wantsPassthrough() {
        MountFlags.Switch asked = request.flags().passthrough();
        return asked == MountFlags.Switch.AUTO && !request.flags().readOnly() ? MountFlags.Switch.OFF : asked;
    }

    /** Lets the kernel read cached files by itself if it can; else why not. */
    private @Nullable String passThrough(MountFlags.Switch wanted, BackingFiles files, Negotiated negotiated)
            throws CliException {
        boolean readOnly = request.flags().readOnly();
        if (wanted == MountFlags.Switch.OFF) {
            return readOnly || request.flags().passthrough() == MountFlags.Switch.OFF
                    ? "--passthrough off"
                    : "the mount can write, where it wants --passthrough on";
        }
        String obstacle =
                KernelPassthrough.obstacle(files, negotiated, request.flags().tiers(), readOnly ? null : parts.work());
        if (obstacle == null) {
            parts.vfs().passthrough(new KernelPassthrough(files), readOnly);
        } else if (wanted == MountFlags.Switch.ON) {
            throw CliException.failed("--passthrough on: " + obstacle);
        } else {
            log.info("all reads go through this process: {}", obstacle);
        }
        return obstacle;
    }

    private void compactInBackground() {
        MountFlags flags = request.flags();
        if (flags.compactBytesPerSecond() > 0) {
            compaction = keep(BackgroundCompaction.start(parts, flags.compactBytesPerSecond(), flags.compactExtents()));
        }
    }

    private CompactionReport compacted() {
        BackgroundCompaction running = compaction;
        return running == null ? CompactionReport.NONE : running.report();
    }

    /** Mounts; when this returns, the mount can be used. */
    public static MountDaemon start(MountRequest request) throws IOException {
        if (request.background()) {
            StateFolder state =
                    StateFolder.of(request.mountPoint().toAbsolutePath().normalize());
            Path logFile = MountStatus.logFile(state);
            Files.createDirectories(logFile.getParent());
            request.log().toFile(logFile);
        } else {
            request.log().toForeground();
        }
        DaemonHygiene.apply();
        Holder holder = request.flags().survive() && request.background() ? Holder.of(System.getenv()) : null;
        try {
            MountDaemon daemon = new MountDaemon(request, holder);
            daemon.installShutdown();
            return daemon;
        } catch (IOException | RuntimeException e) {
            if (holder != null) {
                holder.tryAgain(request.mountPoint(), e);
            }
            throw e;
        }
    }

    private void refuseSecond() throws IOException {
        if (state.alive()) {
            throw CliException.failed(mountPoint + " is served by daemon "
                    + state.facts().map(facts -> facts.get("pid")).orElse(null)
                    + " already; 'leat umount " + mountPoint + "' ends it");
        }
    }

    private MountParts open(@Nullable MountState before) throws IOException {
        MountFlags flags = request.flags();
        VfsOptions.ClosePolicy closePolicy = flags.closePolicy();
        MeteredEngine engine =
                keep(new MeteredEngine(MetaEngines.open(MetaUrl.parse(request.source()), OpenMode.EXISTING)));
        warn(engine);
        VolumeRecord volume = Volumes.load(engine);
        VolumeBlobs form = VolumeBlobs.unlock(volume, request.store().keys());
        OpenStore store = keep(Stores.open(
                StoreUrl.parse(volume.storeUrl()),
                request.store().options(volume.storeOptions(), false, flags.storeLimits())));
        BlobStore blobs = form.open(store.store());
        BufferPool buffers = new BufferPool(flags.memoryBytes());
        StoreSource end = new StoreSource(blobs);
        PeerSource peers = Peers.open(SourceIdentity.of(volume), flags.workers(), end);
        if (peers != null) {
            keep(peers);
        }
        TieredCache cache = keep(VolumeAccess.cache(flags, volume, peers == null ? end : peers, buffers));
        if (flags.scrubBytesPerSecond() > 0) {
            cache.scrub(flags.scrubBytesPerSecond());
        }
        MountSpec spec = spec(blobs).resuming(before == null ? null : before.session());
        VolumeFs meta = keep(VolumeFs.mount(engine, spec));
        Path work = VolumeAccess.workDirectory(
                flags, volume, state.path().getFileName().toString());
        Session session = meta.client().session();
        VfsOptions options = VfsOptions.of(work, closePolicy)
                .withJournal(journal(before != null))
                .withLocal(flags.local(session == null ? 0 : session.token().id(), VolumeAccess.boot()));
        Vfs vfs = keep(new Vfs(meta, blobs, cache, buffers, options));
        return new MountParts(engine, volume, form, store, buffers, peers, cache, meta, vfs, work);
    }

    private @Nullable Journal journal(boolean resumes) throws IOException {
        if (holder == null) {
            return null;
        }
        state.create();
        return resumes ? Journal.resume(state.journal()) : Journal.create(state.journal());
    }

    private MountSpec spec(BlobStore blobs) {
        MountFlags flags = request.flags();
        MountSpec spec = MountSpec.of(mountPoint.toString())
                .withLease(flags.lease())
                .withRequestDeadline(flags.requestTimeout())
                .withSubdir(flags.subdirectory())
                .withStore(blobs)
                .withVersion(Version.text())
                .remembering()
                .withOnDeath(why -> log.error(
                        "{}: the session is dead ({}): every call fails from now on; unmount and mount again",
                        mountPoint,
                        why));
        return flags.readOnly() ? spec.asReadOnly() : spec;
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    private void warn(MetaEngine engine) {
        String warning = engine.info().warning();
        if (warning != null) {
            log.warn("{}", warning);
            System.err.println("leat: warning: " + warning);
        }
    }

    private FuseMount mount(VolumeRecord volume) throws IOException {
        if (mountPoint.startsWith("/dev/fd")) {
            return FuseMount.inherit(mountPoint);
        }
        MountOptions options = MountOptions.defaults(volume.name(), Processes.geteuid() == 0);
        String given = request.flags().mountOptions();
        if (!given.isEmpty()) {
            options = options.apply(given);
        }
        if (request.flags().readOnly()) {
            options = options.apply("ro");
        }
        return holder == null
                ? FuseMount.mount(mountPoint, options)
                : FuseMount.mount(mountPoint, options, holder.descriptor());
    }

    private void serveControl(KernelCache kernelCache, @Nullable String withoutPassthrough, @Nullable String mortal)
            throws IOException {
        state.create();
        // Others shall not ask a daemon that is ending; what its parts use until their own end goes last.
        opened.push(state::retire);
        opened.addLast(state::remove);
        Telemetry telemetry =
                keep(new Telemetry(new MountMetrics(parts, session, mountPoint, started, this::compacted)::samples));
        virtual.stats(() -> telemetry.exposition().lines());
        String metrics = request.flags().metrics();
        String metricsUrl = null;
        if (metrics != null) {
            metricsUrl = keep(new MetricsServer(metrics, telemetry)).url();
        }
        WarmupJobs warmups = keep(new WarmupJobs(arguments -> new Warmup(parts.meta(), parts.cache(), arguments)));
        MountStatus status = new MountStatus(
                request,
                mountPoint,
                state,
                started,
                parts,
                session,
                warmups,
                metricsUrl,
                withoutPassthrough,
                holder,
                mortal);
        state.write(status.facts());
        MountControl control =
                new MountControl(status, parts, telemetry, kernelCache, warmups, mountPoint, this::unmount);
        opened.push(new ControlServer(state.socket(), control, MountControl.UMOUNT));
    }

    @Override
    public String announcement() {
        return parts.volume().name() + " is mounted at " + mountPoint;
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        boolean ended = false;
        while (!ended) {
            ended = session.awaitEnd(POLL);
            endStreamsIfUnmounted();
        }
    }

    /** Who reads the access log keeps the file system alive after a lazy umount: it would never come to an end. */
    private void endStreamsIfUnmounted() {
        try {
            boolean unseen = mountPoint.startsWith("/dev/fd");
            if (streams.readers() > 0 && !unseen && !isMounted()) {
                streams.end();
            }
        } catch (IOException e) {
            log.debug("the table of mounts cannot be read: {}", e.getMessage());
        }
    }

    private boolean isMounted() throws IOException {
        return MountInfo.at(mountPoint)
                .filter(info -> info.type().equals("fuse.leat"))
                .isPresent();
    }

    private void installShutdown() {
        // Ctrl-C and SIGTERM: unmounting ends the session, upon which the main thread publishes and closes everything.
        // When the main thread is through with that already, there is nothing to wait for.
        Thread hook = new Thread(() -> {
            try {
                if (closed.getCount() == 0) {
                    return;
                }
                unmount(true);
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SHUTDOWN_SECONDS);
                while (!closed.await(SHUTDOWN_STEP_SECONDS, TimeUnit.SECONDS)) {
                    // Whoever still has files open here keeps the session from ending; what was written must not wait
                    // for it.
                    List<Vfs.Unpublished> left = parts.vfs().publishAll();
                    if (System.nanoTime() > end) {
                        log.error(
                                "{}: gave up after {} s; {} files are still open or unpublished, {} could not be published",
                                mountPoint,
                                SHUTDOWN_SECONDS,
                                parts.vfs().stats().files(),
                                left.size());
                        return;
                    }
                }
            } catch (IOException e) {
                log.error("unmount of {} failed: {}", mountPoint, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Takes the mount out of the tree, which ends the session. */
    private void unmount(boolean lazy) throws IOException {
        if (isMounted()) {
            endStreams();
            mount.unmount(lazy);
        }
    }

    /** Readers of the access log would keep the mount busy; they find its end and close it, or are left waiting for. */
    private void endStreams() {
        long end = System.nanoTime() + STREAMS_END.toNanos();
        streams.end();
        while (streams.readers() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private void unmountAtEnd() throws IOException {
        unmount(true);
    }

    @Override
    public void close() {
        List<Vfs.Unpublished> lost = parts.vfs().finish(this::left);
        for (Vfs.Unpublished file : lost) {
            log.error("inode {} is lost: {}", file.ino(), file.error().getMessage());
        }
        closeAll();
        log.info("{} is unmounted", mountPoint);
        closed.countDown();
    }

    private void left(int files) {
        if (files > 0) {
            log.warn(
                    "{} files could not be published and wait in {} for the next mount of this volume with that work folder",
                    files,
                    parts.work());
        }
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

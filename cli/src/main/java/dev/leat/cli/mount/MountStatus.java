package dev.leat.cli.mount;

import dev.leat.cache.TierSpec;
import dev.leat.cli.Version;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.worker.Peers;
import dev.leat.fuse.session.FuseSession;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.vfs.KeptAside;
import dev.leat.vfs.OpenPath;
import dev.leat.vfs.VfsStats;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a daemon tells about itself and its mount. */
public final class MountStatus {
    private final MountRequest request;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started;
    private final MountParts parts;
    private final FuseSession session;
    private final WarmupJobs warmups;
    private final @Nullable String metricsUrl;
    private final @Nullable String withoutPassthrough;
    private final @Nullable Holder holder;
    private final @Nullable String mortal;

    MountStatus(
            MountRequest request,
            Path mountPoint,
            StateFolder state,
            Instant started,
            MountParts parts,
            FuseSession session,
            WarmupJobs warmups,
            @Nullable String metricsUrl,
            @Nullable String withoutPassthrough,
            @Nullable Holder holder,
            @Nullable String mortal) {
        this.holder = holder;
        this.mortal = mortal;
        this.request = request;
        this.mountPoint = mountPoint;
        this.state = state;
        this.started = started;
        this.parts = parts;
        this.session = session;
        this.warmups = warmups;
        this.metricsUrl = metricsUrl;
        this.withoutPassthrough = withoutPassthrough;
    }

    /** Where the log of a background daemon goes. */
    static Path logFile(StateFolder state) {
        boolean root = System.getProperty("user.name", "").equals("root");
        Path folder = root
                ? Path.of("/var/log/leat")
                : Path.of(System.getProperty("user.home", "/tmp"), ".cache", "leat", "log");
        return folder.resolve(state.path().getFileName() + ".log");
    }

    /** What never changes while the daemon lives. */
    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("mountPoint", mountPoint.toString());
        facts.put("volume", parts.volume().name());
        facts.put("uuid", parts.volume().uuid().toString());
        facts.put("source", MetaUrl.redact(request.source()));
        facts.put("store", parts.store().store().location());
        facts.put("pid", ProcessHandle.current().pid());
        facts.put("holder", holder == null ? null : holder.pid());
        facts.put("restarts", holder == null ? 0L : holder.daemons());
        facts.put("survives", mortal == null ? "yes" : "no: " + mortal);
        facts.put("version", Version.text());
        facts.put("started", started.toString());
        facts.put("readOnly", request.flags().readOnly());
        facts.put("durability", request.flags().keepsLocally() ? "local" : "store");
        facts.put("closePolicy", request.flags().closePolicy().name().toLowerCase(Locale.ROOT));
        facts.put("log", request.background() ? logFile(state).toString() : "standard error");
        facts.put("metrics", metricsUrl);
        facts.put("stateFolder", state.path().toString());
        facts.put("workFolder", parts.work().toString());
        List<Object> tiers = new ArrayList<>();
        request.flags().tiers().forEach(tier -> tiers.add(tier(tier)));
        facts.put("tiers", tiers);
        return facts;
    }

    /** A tier of a cache. */
    public static Map<String, Object> tier(TierSpec tier) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("medium", tier.medium().name());
        facts.put("directories", tier.directories().stream().map(Path::toString).toList());
        facts.put("quotaBytes", tier.quotaBytes());
        facts.put("highWatermark", tier.highWatermark());
        facts.put("lowWatermark", tier.lowWatermark());
        facts.put("freeFloorBytes", tier.freeFloorBytes());
        facts.put("inodesMax", tier.inodesMax());
        return facts;
    }

    private static Map<String, Object> aside(KeptAside file) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("directory", file.directory());
        facts.put("name", file.name());
        return facts;
    }

    /** The facts, and what holds now. */
    Map<String, @Nullable Object> live() {
        Map<String, @Nullable Object> live = facts();
        VfsStats vfs = parts.vfs().stats();
        live.put("openFiles", vfs.files());
        live.put("openDirectories", vfs.directories());
        live.put("unpublishedFiles", vfs.unpublishedFiles());
        live.put("unpublishedBytes", vfs.unpublishedBytes());
        live.put("unpublishedAgeSeconds", vfs.unpublishedNanos() / 1_000_000_000);
        live.put("keptAside", vfs.aside().stream().map(MountStatus::aside).toList());
        live.put("feedFresh", parts.meta().feedFresh());
        live.put("requestsInFlight", session.inFlight());
        live.put("passthrough", withoutPassthrough == null ? "on" : "off: " + withoutPassthrough);
        long passed = 0;
        for (Map.Entry<OpenPath, Long> opens : vfs.opens().entrySet()) {
            passed += opens.getKey().isPassthrough() ? opens.getValue() : 0;
        }
        live.put("passthroughOpens", passed);
        live.put("workOpens", vfs.opens().getOrDefault(OpenPath.WORK, 0L));
        live.put("workWriteOpens", vfs.opens().getOrDefault(OpenPath.WORK_WRITES, 0L));
        Map<String, Object> others = new LinkedHashMap<>();
        vfs.opens().forEach((path, count) -> {
            if (!path.isPassthrough()) {
                others.put(path.name().toLowerCase(Locale.ROOT), count);
            }
        });
        live.put("daemonOpens", others);
        live.put("warmups", warmups.facts());
        live.put("workers", Peers.facts(parts.peers()));
        return live;
    }
}

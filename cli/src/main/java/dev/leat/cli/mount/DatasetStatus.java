package dev.leat.cli.mount;

import dev.leat.cli.Version;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.worker.Peers;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseSession;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.vfs.OpenPath;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the daemon of a mounted source tells about itself. */
final class DatasetStatus {
    private final MountRequest request;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started;
    private final DatasetParts parts;
    private final FuseDataset operations;
    private final FuseSession session;
    private final @Nullable String metricsUrl;
    private final @Nullable String withoutPassthrough;

    DatasetStatus(
            MountRequest request,
            Path mountPoint,
            StateFolder state,
            Instant started,
            DatasetParts parts,
            FuseDataset operations,
            FuseSession session,
            @Nullable String metricsUrl,
            @Nullable String withoutPassthrough) {
        this.request = request;
        this.mountPoint = mountPoint;
        this.state = state;
        this.started = started;
        this.parts = parts;
        this.operations = operations;
        this.session = session;
        this.metricsUrl = metricsUrl;
        this.withoutPassthrough = withoutPassthrough;
    }

    /** What never changes while the daemon lives. */
    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("mountPoint", mountPoint.toString());
        facts.put("volume", null);
        facts.put("source", parts.source().location());
        facts.put("pid", ProcessHandle.current().pid());
        facts.put("holder", null);
        facts.put("version", Version.text());
        facts.put("started", started.toString());
        facts.put("readOnly", true);
        facts.put("freshness", parts.freshness().toString());
        facts.put("log", request.background() ? MountStatus.logFile(state).toString() : "standard error");
        facts.put("metrics", metricsUrl);
        facts.put("stateFolder", state.path().toString());
        List<Object> tiers = new ArrayList<>();
        request.flags().tiers().forEach(tier -> tiers.add(MountStatus.tier(tier)));
        facts.put("tiers", tiers);
        return facts;
    }

    /** The facts, and what holds now. */
    Map<String, @Nullable Object> live() {
        Map<String, @Nullable Object> live = facts();
        live.put("openFiles", parts.files().open());
        live.put("openDirectories", operations.openDirectories());
        live.put("requestsInFlight", session.inFlight());
        live.put("passthrough", withoutPassthrough == null ? "on" : "off: " + withoutPassthrough);
        Map<OpenPath, Long> opens = parts.files().opens();
        live.put("passthroughOpens", opens.getOrDefault(OpenPath.PASSTHROUGH, 0L));
        Map<String, Object> others = new LinkedHashMap<>();
        opens.forEach((path, count) -> {
            if (!path.isPassthrough()) {
                others.put(path.name().toLowerCase(Locale.ROOT), count);
            }
        });
        live.put("daemonOpens", others);
        Tree.Stats tree = parts.tree().stats();
        live.put("knownNames", tree.nodes());
        live.put("changedFiles", tree.changedFiles());
        live.put("overdueAnswers", tree.overdueAnswers());
        StoreMetrics metrics = parts.source().metrics();
        live.put("listings", requests(metrics, StoreOperation.LIST));
        live.put("lookups", requests(metrics, StoreOperation.HEAD));
        live.put("dataRequests", requests(metrics, StoreOperation.GET));
        StoreMetrics.Operation data = metrics.operations().get(StoreOperation.GET);
        live.put("dataBytes", data == null ? 0L : data.bytes());
        live.put("retries", parts.source().retries());
        live.put("workers", Peers.facts(parts.peers()));
        return live;
    }

    private static long requests(StoreMetrics metrics, StoreOperation operation) {
        StoreMetrics.Operation counts = metrics.operations().get(operation);
        return counts == null ? 0 : counts.requests();
    }
}

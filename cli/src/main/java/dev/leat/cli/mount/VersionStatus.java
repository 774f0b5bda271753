package dev.leat.cli.mount;

import dev.leat.cli.Version;
import dev.leat.cli.control.StateFolder;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.fuse.session.OpStats;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the daemon of a mounted version tells about itself. */
final class VersionStatus {
    private final MountRequest request;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started;
    private final VersionParts parts;
    private final WarmupJobs warmups;
    private final ServedVersion served;
    private final @Nullable String metricsUrl;
    private final @Nullable Holder holder;
    private final @Nullable String mortal;

    VersionStatus(
            MountRequest request,
            Path mountPoint,
            StateFolder state,
            Instant started,
            VersionParts parts,
            WarmupJobs warmups,
            ServedVersion served,
            @Nullable String metricsUrl,
            @Nullable Holder holder,
            @Nullable String mortal) {
        this.holder = holder;
        this.mortal = mortal;
        this.request = request;
        this.mountPoint = mountPoint;
        this.state = state;
        this.started = started;
        this.parts = parts;
        this.warmups = warmups;
        this.served = served;
        this.metricsUrl = metricsUrl;
    }

    /** What never changes while the daemon lives. */
    Map<String, @Nullable Object> facts() {
        VersionRecord version = parts.version();
        ManifestSummary summary = version.summary();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("mountPoint", mountPoint.toString());
        facts.put("volume", null);
        facts.put("source", parts.address());
        facts.put("dataset", version.name());
        facts.put("datasetVersion", version.version());
        facts.put("digest", summary.tree().toString());
        facts.put("strength", summary.strength().toString());
        facts.put("sealed", version.sealed().toString());
        facts.put("registry", parts.registry());
        facts.put("dataSource", parts.source().location());
        facts.put("files", summary.files());
        facts.put("totalBytes", summary.bytes());
        facts.put("pid", ProcessHandle.current().pid());
        facts.put("holder", holder == null ? null : holder.pid());
        facts.put("restarts", holder == null ? 0L : holder.daemons());
        facts.put("survives", mortal == null ? "yes" : "no: " + mortal);
        facts.put("version", Version.text());
        facts.put("started", started.toString());
        facts.put("readOnly", true);
        facts.put("freshness", "sealed");
        facts.put("serving", served.way());
        facts.put("log", request.background() ? MountStatus.logFile(state).toString() : "standard error");
        facts.put("metrics", metricsUrl);
        facts.put("stateFolder", state.path().toString());
        facts.put("indexFolder", parts.indexFolder().toString());
        List<Object> tiers = new ArrayList<>();
        request.flags().tiers().forEach(tier -> tiers.add(MountStatus.tier(tier)));
        facts.put("tiers", tiers);
        return facts;
    }

    /** The facts, and what holds now. */
    Map<String, @Nullable Object> live() {
        Map<String, @Nullable Object> live = facts();
        Map<String, Object> requests = new LinkedHashMap<>();
        long all = 0;
        for (OpStats op : served.session().stats()) {
            requests.put(op.name().toLowerCase(Locale.ROOT), op.latency().count());
            all += op.latency().count();
        }
        live.putAll(served.facts());
        live.put("kernelRequests", all);
        live.put("kernelRequestsByKind", requests);
        live.put("requestsInFlight", served.session().inFlight());
        live.put("refusedReads", parts.refusals().reads());
        live.put("refusedFiles", parts.refusals().paths());
        StoreMetrics metrics = parts.source().metrics();
        live.put("listings", requests(metrics, StoreOperation.LIST));
        live.put("lookups", requests(metrics, StoreOperation.HEAD));
        live.put("dataRequests", requests(metrics, StoreOperation.GET));
        StoreMetrics.Operation data = metrics.operations().get(StoreOperation.GET);
        live.put("dataBytes", data == null ? 0L : data.bytes());
        live.put("warmups", warmups.facts());
        live.put("retries", parts.source().retries());
        return live;
    }

    private static long requests(StoreMetrics metrics, StoreOperation operation) {
        StoreMetrics.Operation counts = metrics.operations().get(operation);
        return counts == null ? 0 : counts.requests();
    }
}

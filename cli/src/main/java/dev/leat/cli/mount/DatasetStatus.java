package dev.leat.cli.mount;

import dev.leat.cli.Version;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.worker.Peers;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseSession;
import dev.leat.store.StoreOperation;
import dev.leat.vfs.OpenPath;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the daemon of a mounted source tells about itself. */
final class DatasetStatus {
    private final MountRequest request;
    private final String shownAs;
    private final WarmupJobs warmups;
    private final SourceMeasure measure;
    private final @Nullable NotifyServer notify;
    private final @Nullable TreeFileWatch file;
    private final Path mountPoint;
    private final StateFolder state;
    private final Instant started;
    private final DatasetParts parts;
    private final FuseDataset operations;
    private final FuseSession session;
    private final @Nullable String metricsUrl;
    private final @Nullable String withoutPassthrough;
    private final @Nullable Holder holder;
    private final @Nullable String mortal;

    DatasetStatus(
            MountRequest request,
            String shownAs,
            Path mountPoint,
            StateFolder state,
            Instant started,
            DatasetParts parts,
            WarmupJobs warmups,
            SourceMeasure measure,
            @Nullable NotifyServer notify,
            @Nullable TreeFileWatch file,
            FuseDataset operations,
            FuseSession session,
            @Nullable String metricsUrl,
            @Nullable String withoutPassthrough,
            @Nullable Holder holder,
            @Nullable String mortal) {
        this.holder = holder;
        this.mortal = mortal;
        this.request = request;
        this.shownAs = shownAs;
        this.warmups = warmups;
        this.measure = measure;
        this.notify = notify;
        this.file = file;
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
        facts.put("source", shownAs);
        facts.put("pid", ProcessHandle.current().pid());
        facts.put("holder", holder == null ? null : holder.pid());
        facts.put("restarts", holder == null ? 0L : holder.daemons());
        facts.put("survives", mortal == null ? "yes" : "no: " + mortal);
        facts.put("version", Version.text());
        facts.put("started", started.toString());
        facts.put("readOnly", true);
        Set<String> freshness = new TreeSet<>();
        parts.sources()
                .live()
                .forEach(live -> freshness.add(live.branch().freshness().toString()));
        facts.put("freshness", freshness.size() == 1 ? freshness.iterator().next() : "see mounts");
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
        live.put("rememberedListings", tree.rememberedListings());
        live.put("listingHeapBytes", tree.listingHeapBytes());
        SourceTotals.Counts all = parts.sources().totals().all();
        requests(live, all);
        live.put("workers", Peers.facts(parts.peers()));
        if (file != null) {
            live.putAll(file.facts());
        }
        if (notify != null) {
            live.putAll(notify.facts());
        }
        live.put("mounts", mounts());
        live.put("measured", measure.total());
        live.put("warmups", warmups.facts());
        return live;
    }

    private static void requests(Map<String, @Nullable Object> facts, SourceTotals.Counts counts) {
        facts.put("listings", counts.requests(StoreOperation.LIST));
        facts.put("lookups", counts.requests(StoreOperation.HEAD));
        facts.put("dataRequests", counts.requests(StoreOperation.GET));
        facts.put("dataBytes", counts.bytes(StoreOperation.GET));
        facts.put("retries", counts.retries());
    }

    /** The sources, one after the other. */
    List<Map<String, @Nullable Object>> mounts() {
        List<Map<String, @Nullable Object>> mounts = new ArrayList<>();
        for (SourceTable.Live live : parts.sources().live()) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("name", live.spec().name());
            facts.put("path", "/" + live.branch().path());
            facts.put("source", live.source().location());
            facts.put("address", live.spec().source());
            facts.put("namedBy", live.owner().name().toLowerCase(Locale.ROOT));
            facts.put("readOnly", true);
            facts.put("freshness", live.branch().freshness().toString());
            DetachableSource.Answer last = live.source().last();
            facts.put("reachable", last == null || last.failure() == null);
            facts.put("lastAnswer", last == null ? null : text(last));
            DetachableSource.Answer failed = live.source().lastFailure();
            facts.put(
                    "lastError",
                    failed == null || failed.failure() == null
                            ? null
                            : failed.failure().getMessage());
            facts.put("lastErrorAt", failed == null ? null : text(failed));
            requests(facts, SourceTotals.of(live.source()));
            Map<String, @Nullable Object> measured = measure.of(live);
            if (measured != null) {
                facts.put("measured", measured);
            }
            mounts.add(facts);
        }
        return mounts;
    }

    private static String text(DetachableSource.Answer answer) {
        return Instant.ofEpochMilli(answer.atEpochMs()).toString();
    }
}

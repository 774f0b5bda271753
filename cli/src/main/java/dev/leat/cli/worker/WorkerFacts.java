package dev.leat.cli.worker;

import dev.leat.cache.BufferPool;
import dev.leat.cache.CacheSnapshot;
import dev.leat.cache.TieredCache;
import dev.leat.cli.Version;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.cli.mount.MountMetrics;
import dev.leat.cli.mount.MountStatus;
import dev.leat.worker.server.Worker;
import dev.leat.worker.server.WorkerSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a worker tells about itself. */
final class WorkerFacts {
    private final WorkerRequest request;
    private final String address;
    private final Worker worker;
    private final OpenSources sources;
    private final TieredCache cache;
    private final BufferPool buffers;
    private final BufferPool replies;
    private final Instant started;
    private final boolean tokenIsSet;
    private @Nullable String metricsUrl;

    WorkerFacts(
            WorkerRequest request,
            boolean tokenIsSet,
            String address,
            Worker worker,
            OpenSources sources,
            TieredCache cache,
            BufferPool buffers,
            BufferPool replies,
            Instant started) {
        this.request = request;
        this.tokenIsSet = tokenIsSet;
        this.address = address;
        this.worker = worker;
        this.sources = sources;
        this.cache = cache;
        this.buffers = buffers;
        this.replies = replies;
        this.started = started;
    }

    /** Where metrics are served, if anywhere. */
    void metricsAt(@Nullable String url) {
        metricsUrl = url;
    }

    /** What never changes while the daemon lives. */
    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("worker", address);
        facts.put(
                "sources", sources.all().stream().map(OpenSources.Opened::name).toList());
        facts.put("pid", ProcessHandle.current().pid());
        facts.put("version", Version.text());
        facts.put("started", started.toString());
        facts.put("token", tokenIsSet);
        facts.put("connectionsMax", request.connections());
        facts.put("metrics", metricsUrl);
        List<Object> tiers = new ArrayList<>();
        request.cache().tiers().forEach(tier -> tiers.add(MountStatus.tier(tier)));
        facts.put("tiers", tiers);
        return facts;
    }

    /** The facts, and what holds now. */
    Map<String, @Nullable Object> live() {
        Map<String, @Nullable Object> live = facts();
        WorkerSnapshot served = worker.stats();
        live.put("connections", served.connections());
        live.put("requestsInFlight", served.requestsInFlight());
        live.put("servedBytes", served.servedBytes());
        Map<String, Object> answers = new LinkedHashMap<>();
        served.answers().forEach((status, count) -> answers.put(status.name().toLowerCase(Locale.ROOT), count));
        live.put("answers", answers);
        CacheSnapshot kept = cache.stats();
        live.put(
                "cachedBytes",
                kept.directories().stream().mapToLong(d -> d.usedBytes()).sum());
        live.put("fetches", kept.fetches());
        live.put("fetchedBytes", kept.fetchedBytes());
        live.put("fetchFailures", kept.fetchFailures());
        return live;
    }

    /** Everything that is counted. */
    Samples samples() {
        Samples to = new Samples();
        to.info(Metric.BUILD, Version.text(), Runtime.version().toString());
        to.info(Metric.WORKER, address);
        to.add(Metric.UPTIME, MountMetrics.seconds(Duration.between(started, Instant.now())));
        WorkerSnapshot served = worker.stats();
        to.add(Metric.WORKER_CONNECTIONS, served.connections());
        to.add(Metric.WORKER_ACCEPTED, served.accepted());
        to.add(Metric.WORKER_BROKEN, served.broken());
        to.add(Metric.WORKER_IN_FLIGHT, served.requestsInFlight());
        to.add(Metric.WORKER_BYTES, served.servedBytes());
        served.answers()
                .forEach((status, count) ->
                        to.add(Metric.WORKER_ANSWERS, count, status.name().toLowerCase(Locale.ROOT)));
        to.add(Metric.WORKER_REPLY_USED, replies.usage().usedBytes());
        to.add(Metric.WORKER_REPLY_LIMIT, replies.limitBytes());
        MountMetrics.buffers(to, buffers.usage());
        CacheSnapshot kept = cache.stats();
        MountMetrics.cache(to, kept);
        MountMetrics.folders(to, kept.directories());
        to.add(Metric.PROCESS_RESIDENT, MountMetrics.residentBytes());
        return to;
    }
}

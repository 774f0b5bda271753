package dev.leat.cli.mount;

import dev.leat.cache.CacheSnapshot;
import dev.leat.cli.Version;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.cli.output.Facts;
import dev.leat.cli.worker.Peers;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseSession;
import dev.leat.store.StoreOperation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Samples what every layer of a mounted source counts, from the kernel down to the source. */
final class DatasetMetrics {
    /** Takes the place of a metadata engine's name. */
    private static final String NO_ENGINE = "none";

    private final DatasetParts parts;
    private final SourceMeasure measure;
    private final @Nullable NotifyServer notify;
    private final FuseDataset operations;
    private final FuseSession session;
    private final Path mountPoint;
    private final Instant started;

    DatasetMetrics(
            DatasetParts parts,
            SourceMeasure measure,
            @Nullable NotifyServer notify,
            FuseDataset operations,
            FuseSession session,
            Path mountPoint,
            Instant started) {
        this.parts = parts;
        this.measure = measure;
        this.notify = notify;
        this.operations = operations;
        this.session = session;
        this.mountPoint = mountPoint;
        this.started = started;
    }

    /** Everything now. */
    Samples samples() {
        Samples to = new Samples();
        to.info(Metric.BUILD, Version.text(), Runtime.version().toString());
        for (SourceTable.Live live : parts.sources().live()) {
            Source source = live.source();
            to.info(Metric.MOUNT, source.location(), NO_ENGINE, source.kind(), mountPoint.toString());
        }
        to.add(Metric.UPTIME, MountMetrics.seconds(Duration.between(started, Instant.now())));
        MountMetrics.kernel(to, session);
        to.add(Metric.OPEN_FILES, parts.files().open());
        to.add(Metric.OPEN_DIRECTORIES, operations.openDirectories());
        parts.files()
                .opens()
                .forEach(
                        (path, count) -> to.add(Metric.OPENS, count, path.name().toLowerCase(Locale.ROOT)));
        MountMetrics.buffers(to, parts.buffers().usage());
        CacheSnapshot cache = parts.cache().stats();
        MountMetrics.cache(to, cache);
        MountMetrics.folders(to, cache.directories());
        parts.sources().totals().byKind().forEach((kind, counts) -> {
            MountMetrics.store(to, kind, counts.metrics());
            to.add(Metric.STORE_RETRIES, counts.retries(), kind);
            to.add(Metric.STORE_RETRIES_REFUSED, counts.refusedRetries(), kind);
        });
        Peers.samples(to, parts.peers());
        parts.sources().live().forEach(live -> mount(to, live));
        if (notify != null) {
            notify.counts().forEach((outcome, count) -> to.add(Metric.SOURCE_EVENTS, count, outcome));
        }
        Tree.Stats tree = parts.tree().stats();
        to.add(Metric.SOURCE_LISTINGS, tree.listings(), "source");
        to.add(Metric.SOURCE_LISTINGS, tree.rememberedListings(), "kept");
        to.add(Metric.SOURCE_LISTING_HEAP, tree.listingHeapBytes());
        to.add(Metric.SOURCE_NAMES, tree.nodes());
        to.add(Metric.SOURCE_CHANGED, tree.changedFiles());
        to.add(Metric.SOURCE_OVERDUE, tree.overdueAnswers());
        to.add(Metric.PROCESS_RESIDENT, MountMetrics.residentBytes());
        return to;
    }

    private void mount(Samples to, SourceTable.Live live) {
        String name = live.spec().name();
        DetachableSource.Answer last = live.source().last();
        to.add(Metric.SOURCE_REACHABLE, last == null || last.failure() == null ? 1 : 0, name);
        if (last != null) {
            to.add(
                    Metric.SOURCE_ANSWER_AGE,
                    MountMetrics.seconds(Duration.ofNanos(System.nanoTime() - last.atNs())),
                    name);
        }
        Map<String, Long> errors = new TreeMap<>();
        live.source().metrics().operations().forEach((operation, counts) -> {
            to.add(
                    Metric.SOURCE_REQUESTS,
                    counts.requests(),
                    name,
                    operation.name().toLowerCase(Locale.ROOT));
            counts.failures()
                    .forEach((kind, count) -> errors.merge(kind.name().toLowerCase(Locale.ROOT), count, Long::sum));
            if (operation == StoreOperation.GET) {
                to.add(Metric.SOURCE_BYTES, counts.bytes(), name);
            }
        });
        errors.forEach((kind, count) -> to.add(Metric.SOURCE_ERRORS, count, name, kind));
        Map<String, @Nullable Object> measured = measure.of(live);
        if (measured != null) {
            to.add(Metric.SOURCE_FILES, Facts.number(measured, "files"), name);
            to.add(Metric.SOURCE_SIZE, Facts.number(measured, "sizeBytes"), name);
            to.add(Metric.SOURCE_CACHED_FILES, Facts.number(measured, "cachedFiles"), name);
            to.add(Metric.SOURCE_CACHED_BYTES, Facts.number(measured, "cachedBytes"), name);
        }
    }
}

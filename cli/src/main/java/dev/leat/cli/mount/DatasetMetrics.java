package dev.leat.cli.mount;

import dev.leat.cache.CacheSnapshot;
import dev.leat.cli.Version;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseSession;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Samples what every layer of a mounted source counts, from the kernel down to the source. */
final class DatasetMetrics {
    /** Takes the place of a metadata engine's name. */
    private static final String NO_ENGINE = "none";

    private final DatasetParts parts;
    private final FuseDataset operations;
    private final FuseSession session;
    private final Path mountPoint;
    private final Instant started;

    DatasetMetrics(DatasetParts parts, FuseDataset operations, FuseSession session, Path mountPoint, Instant started) {
        this.parts = parts;
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
        Tree.Stats tree = parts.tree().stats();
        to.add(Metric.SOURCE_NAMES, tree.nodes());
        to.add(Metric.SOURCE_CHANGED, tree.changedFiles());
        to.add(Metric.SOURCE_OVERDUE, tree.overdueAnswers());
        to.add(Metric.PROCESS_RESIDENT, MountMetrics.residentBytes());
        return to;
    }
}

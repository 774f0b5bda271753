package dev.leat.cli.mount;

import dev.leat.cache.CacheSnapshot;
import dev.leat.cli.Version;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.dataset.source.Source;
import dev.leat.fuse.session.FuseSession;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Samples what every layer of a mounted version counts, from the kernel down to the source. */
final class VersionMetrics {
    /** Takes the place of a metadata engine's name. */
    private static final String NO_ENGINE = "none";

    private final VersionParts parts;
    private final FuseSession session;
    private final Path mountPoint;
    private final Instant started;

    VersionMetrics(VersionParts parts, FuseSession session, Path mountPoint, Instant started) {
        this.parts = parts;
        this.session = session;
        this.mountPoint = mountPoint;
        this.started = started;
    }

    /** Everything now. */
    Samples samples() {
        Source source = parts.source();
        Samples to = new Samples();
        to.info(Metric.BUILD, Version.text(), Runtime.version().toString());
        to.info(Metric.MOUNT, parts.address(), NO_ENGINE, source.kind(), mountPoint.toString());
        to.add(Metric.UPTIME, MountMetrics.seconds(Duration.between(started, Instant.now())));
        MountMetrics.kernel(to, session);
        MountMetrics.buffers(to, parts.buffers().usage());
        CacheSnapshot cache = parts.cache().stats();
        MountMetrics.cache(to, cache);
        MountMetrics.folders(to, cache.directories());
        MountMetrics.store(to, source.kind(), source.metrics());
        to.add(Metric.STORE_RETRIES, source.retries(), source.kind());
        to.add(Metric.STORE_RETRIES_REFUSED, source.refusedRetries(), source.kind());
        to.add(Metric.SEALED_REFUSED, parts.refusals().reads());
        to.add(Metric.PROCESS_RESIDENT, MountMetrics.residentBytes());
        return to;
    }
}

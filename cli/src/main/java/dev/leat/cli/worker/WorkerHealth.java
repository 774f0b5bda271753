package dev.leat.cli.worker;

import dev.leat.cache.CacheSnapshot;
import dev.leat.cache.TieredCache;
import dev.leat.cli.mount.SourceReads;
import dev.leat.cli.report.OperatorSecret;
import dev.leat.cli.report.PodSide;
import dev.leat.dataset.source.DetachableSource;
import dev.leat.kube.report.DaemonReport;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a worker can give what it is asked for, and what it holds. */
final class WorkerHealth {
    private final @Nullable PodSide pod;
    private final @Nullable OperatorSecret secret;
    private final OpenSources sources;
    private final TieredCache cache;
    private final SourceCount count;
    private final SourceReads reads = new SourceReads();

    WorkerHealth(
            @Nullable PodSide pod,
            @Nullable OperatorSecret secret,
            OpenSources sources,
            TieredCache cache,
            SourceCount count) {
        this.pod = pod;
        this.secret = secret;
        this.sources = sources;
        this.cache = cache;
        this.count = count;
    }

    /** Why a read would not work; null if it would. What is cached can be read whatever becomes of the source later. */
    @Nullable
    String problem() {
        String unknown = secret == null ? null : secret.problem();
        if (unknown != null) {
            // Nobody could prove to be one of its mounts.
            return unknown;
        }
        for (OpenSources.Opened opened : sources.all()) {
            String why = opened.source() == null ? null : reads.problem(opened.source());
            if (why != null) {
                return why;
            }
        }
        for (CacheSnapshot.Directory directory : cache.stats().directories()) {
            if (!directory.failure().isEmpty()) {
                return "the cache in " + directory.folder() + " is out of service: " + directory.failure();
            }
        }
        return null;
    }

    /** What goes wrong now, also where what is cached can still be read. */
    private @Nullable String trouble() {
        for (OpenSources.Opened opened : sources.all()) {
            DetachableSource source = opened.source();
            DetachableSource.Answer last = source == null ? null : source.last();
            if (source != null && last != null && last.failure() != null) {
                return source.location() + " does not answer: " + last.failure().getMessage();
            }
        }
        return problem();
    }

    /** What the operator is told. */
    DaemonReport report() {
        long cached = 0;
        long capacity = 0;
        for (CacheSnapshot.Directory directory : cache.stats().directories()) {
            cached += directory.heldBytes();
            capacity += directory.failure().isEmpty() ? directory.quotaBytes() : 0;
        }
        SourceCount.Total total = count.total();
        return Objects.requireNonNull(pod)
                .bare(trouble())
                .withCache(new DaemonReport.CacheUse(cached, capacity))
                .withSource(new DaemonReport.SourceSize(
                        count.busy(), total == null ? null : total.bytes(), total == null ? null : total.files()));
    }
}

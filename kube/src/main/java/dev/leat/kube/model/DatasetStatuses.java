package dev.leat.kube.model;

import dev.leat.kube.api.BoundRuntime;
import dev.leat.kube.api.CacheNumbers;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.DatasetStatus;
import dev.leat.kube.api.HcfsStatus;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.report.DaemonReport;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The status of a dataset: what its runtime and its daemons say. */
public final class DatasetStatuses {
    public static final String BOUND = "Bound";
    public static final String NOT_BOUND = "NotBound";
    public static final String FAILED = "Failed";
    public static final String UPDATING = "Updating";

    private DatasetStatuses() {}

    /**
     * What was seen of a dataset.
     *
     * @param engine the runtime that serves it, or null
     * @param runtime what that says, or null
     * @param foreign what is said of a runtime that Leat does not serve, or null
     * @param reports of its daemons that are not too old
     * @param operations names of operations that run, joined by commas, by kind
     */
    public record Seen(
            @Nullable Engine engine,
            @Nullable RuntimeStatus runtime,
            @Nullable String foreign,
            Collection<DaemonReport> reports,
            Map<String, String> operations) {}

    /** The status that follows. */
    public static DatasetStatus of(Dataset dataset, Seen seen, Instant now) {
        DatasetStatus before = dataset.getStatus();
        DatasetStatus status = new DatasetStatus();
        Long generation = dataset.getMetadata().getGeneration();
        status.observedGeneration = generation;
        status.operationRef = seen.operations().isEmpty() ? null : seen.operations();
        Conditions conditions = new Conditions(before == null ? null : before.conditions, generation, now);
        Engine engine = seen.engine();
        RuntimeStatus runtime = seen.runtime();
        if (engine == null) {
            status.phase = NOT_BOUND;
            String message = seen.foreign() == null
                    ? "no runtime of the name " + dataset.getMetadata().getName() + " exists in this namespace"
                    : seen.foreign();
            conditions.set("Ready", false, seen.foreign() == null ? "NoRuntime" : "NotServed", message);
            status.conditions = conditions.list();
            return status;
        }
        status.runtimes =
                List.of(new BoundRuntime(engine.name(), engine.namespace(), "Accelerate", engine.type(), null));
        status.hcfs = new HcfsStatus("N/A", null);
        boolean everReady = runtime != null && runtime.setupDuration != null;
        boolean working = runtime != null
                && !RuntimeStatuses.NOT_READY.equals(runtime.workerPhase)
                && runtime.workerPhase != null;
        boolean fusesWork = runtime == null || !RuntimeStatuses.NOT_READY.equals(runtime.fusePhase);
        // Once bound a dataset stays bound, so that pods find their claim; what is broken meanwhile is in the
        // conditions.
        status.phase = working || everReady ? BOUND : NOT_BOUND;
        status.mounts = status.phase.equals(BOUND) ? dataset.getSpec().mounts() : null;
        conditions.set("Initialized", true, "RuntimeFound", "served by the " + engine.type() + " runtime of its name");
        conditions.set(
                "RuntimeScheduled",
                working,
                working ? "WorkersReady" : "WorkersNotReady",
                working
                        ? "workers are ready"
                        : said(runtime == null ? null : runtime.workerReason, "no worker is ready yet"));
        if (working && fusesWork) {
            conditions.set("Ready", true, "DatasetReady", "the dataset can be read");
        } else {
            String why = working || runtime == null
                    ? said(runtime == null ? null : runtime.fuseReason, "no FUSE pod is ready")
                    : said(runtime.workerReason, "no worker is ready yet");
            conditions.set("Ready", false, working ? "FuseNotReady" : "WorkersNotReady", why);
        }
        status.conditions = conditions.list();
        cache(status, runtime);
        source(status, seen.reports(), before);
        return status;
    }

    private static String said(@Nullable String reason, String otherwise) {
        return reason == null ? otherwise : reason;
    }

    private static void cache(DatasetStatus status, @Nullable RuntimeStatus runtime) {
        if (runtime == null) {
            return;
        }
        status.cache = runtime.cache;
        status.cacheStates = runtime.cacheStates == null ? null : new LinkedHashMap<>(runtime.cacheStates);
    }

    private static void source(DatasetStatus status, Collection<DaemonReport> reports, @Nullable DatasetStatus before) {
        boolean counting = false;
        for (DaemonReport report : reports) {
            DaemonReport.SourceSize held = report.source();
            if (held == null) {
                continue;
            }
            counting |= held.counting();
            if (held.bytes() != null && held.files() != null) {
                status.ufsTotalBytes = Math.max(status.ufsTotalBytes == null ? 0 : status.ufsTotalBytes, held.bytes());
                status.fileCount = Math.max(status.fileCount == null ? 0 : status.fileCount, held.files());
            }
        }
        if (status.ufsTotalBytes == null && before != null) {
            status.ufsTotalBytes = before.ufsTotalBytes;
            status.fileCount = before.fileCount;
        }
        if (status.ufsTotalBytes != null && status.fileCount != null) {
            status.ufsTotal = Sizes.bytes(status.ufsTotalBytes);
            status.fileNum = String.valueOf(status.fileCount);
            percentage(status);
        } else if (counting) {
            status.ufsTotal = Sizes.CALCULATING;
            status.fileNum = Sizes.CALCULATING;
        }
    }

    /** The share is that of what the source holds, which only the dataset remembers. */
    private static void percentage(DatasetStatus status) {
        CacheNumbers cache = status.cache;
        Map<String, String> words = status.cacheStates;
        if (cache != null && words != null && cache.cachedBytes() != null && status.ufsTotalBytes != null) {
            words.put("cachedPercentage", Sizes.percent(cache.cachedBytes(), status.ufsTotalBytes));
        }
    }
}

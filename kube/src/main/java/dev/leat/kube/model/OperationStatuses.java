package dev.leat.kube.model;

import dev.leat.kube.api.OperationStatus;
import dev.leat.kube.api.Policy;
import dev.leat.kube.api.Progress;
import dev.leat.kube.api.WaitingStatus;
import dev.leat.kube.report.DaemonReport;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The status of an operation: what its Job and its daemons say. */
public final class OperationStatuses {
    public static final String PENDING = "Pending";
    public static final String EXECUTING = "Executing";
    public static final String COMPLETE = "Complete";
    public static final String FAILED = "Failed";

    /** Fluid writes this until an operation is over. */
    static final String UNFINISHED = "Unfinished";

    /** Key of {@code infos}: which mounts a load on events saw last. */
    public static final String EVENT = "leat.dev/mounts";

    private OperationStatuses() {}

    /**
     * What was seen of an operation.
     *
     * @param generation of its spec
     * @param policy when it runs
     * @param job the Job that does it, or the latest of a schedule, or null
     * @param cron the schedule, or null
     * @param pods why its pods do not run, or null
     * @param reports of its daemons
     */
    public record Seen(
            @Nullable Long generation,
            Policy policy,
            @Nullable Job job,
            @Nullable CronJob cron,
            @Nullable String pods,
            Collection<DaemonReport> reports) {}

    /** An operation that does not run yet, and why. */
    public static OperationStatus waiting(
            @Nullable OperationStatus before,
            @Nullable Long generation,
            boolean forOther,
            String reason,
            String message,
            Instant now) {
        OperationStatus status = begun(before, generation);
        status.phase = PENDING;
        status.duration = UNFINISHED;
        status.waitingFor = forOther ? new WaitingStatus(true) : null;
        status.conditions = new Conditions(before == null ? null : before.conditions, generation, now)
                .set("Started", false, reason, message)
                .list();
        return status;
    }

    /** An operation that will never run. */
    public static OperationStatus refused(
            @Nullable OperationStatus before, @Nullable Long generation, String reason, String message, Instant now) {
        OperationStatus status = begun(before, generation);
        status.phase = FAILED;
        status.duration = "0s";
        status.conditions = new Conditions(before == null ? null : before.conditions, generation, now)
                .set("Failed", true, reason, message)
                .list();
        return status;
    }

    private static OperationStatus begun(@Nullable OperationStatus before, @Nullable Long generation) {
        OperationStatus status = new OperationStatus();
        status.observedGeneration = generation;
        if (before != null) {
            status.infos = before.infos;
            status.progress = before.progress;
            status.lastScheduleTime = before.lastScheduleTime;
            status.lastSuccessfulTime = before.lastSuccessfulTime;
        }
        return status;
    }

    /** The status that follows from what was seen. */
    public static OperationStatus of(Seen seen, @Nullable OperationStatus before, Instant now) {
        OperationStatus status = begun(before, seen.generation());
        Conditions conditions = new Conditions(before == null ? null : before.conditions, seen.generation(), now);
        Progress progress = progress(seen.reports());
        if (progress != null) {
            status.progress = progress;
        }
        Job job = seen.job();
        if (seen.cron() != null && seen.cron().getStatus() != null) {
            status.lastScheduleTime = seen.cron().getStatus().getLastScheduleTime();
            status.lastSuccessfulTime = seen.cron().getStatus().getLastSuccessfulTime();
        }
        if (job == null) {
            status.phase = PENDING;
            status.duration = UNFINISHED;
            conditions.set("Started", false, "Scheduled", "waits for its time");
            status.conditions = conditions.list();
            return status;
        }
        Map<String, String> infos = new LinkedHashMap<>();
        if (status.infos != null) {
            infos.putAll(status.infos);
        }
        infos.put("job", job.getMetadata().getName());
        status.infos = infos;
        conditions.set("Started", true, "Running", "Job " + job.getMetadata().getName());
        JobCondition complete = condition(job, "Complete");
        JobCondition failed = condition(job, "Failed");
        if (complete != null) {
            status.phase = COMPLETE;
            status.duration = duration(job, job.getStatus().getCompletionTime());
            status.lastSuccessfulTime = job.getStatus().getCompletionTime();
            conditions.set(
                    "Complete", true, "JobComplete", "Job " + job.getMetadata().getName() + " is complete");
        } else if (failed != null) {
            status.phase = FAILED;
            status.duration = duration(job, failed.getLastTransitionTime());
            String why = seen.pods() == null ? failed.getMessage() : seen.pods();
            conditions.set("Failed", true, "JobFailed", why == null ? "its Job failed" : why);
        } else {
            status.phase = EXECUTING;
            status.duration = UNFINISHED;
            if (seen.pods() != null) {
                conditions.set("Started", true, "PodNotRunning", seen.pods());
            }
        }
        status.conditions = conditions.list();
        return status;
    }

    private static @Nullable JobCondition condition(Job job, String type) {
        if (job.getStatus() == null || job.getStatus().getConditions() == null) {
            return null;
        }
        return job.getStatus().getConditions().stream()
                .filter(condition -> type.equals(condition.getType()) && "True".equals(condition.getStatus()))
                .findFirst()
                .orElse(null);
    }

    private static String duration(Job job, @Nullable String end) {
        String start = job.getStatus().getStartTime();
        if (start == null || end == null) {
            return "0s";
        }
        Duration took = Duration.between(Instant.parse(start), Instant.parse(end));
        long minutes = took.toMinutes();
        return (minutes > 0 ? minutes + "m" : "") + took.toSecondsPart() + "s";
    }

    private static @Nullable Progress progress(Collection<DaemonReport> reports) {
        Progress latest = null;
        for (DaemonReport report : reports) {
            DaemonReport.WorkProgress progress = report.progress();
            if (progress == null) {
                continue;
            }
            Long rate = progress.bytesPerSecond();
            Long total = progress.bytesTotal();
            Long left = rate == null || rate <= 0 || total == null
                    ? null
                    : Math.max(0, total - progress.bytesDone()) / rate;
            latest = new Progress(
                    progress.bytesDone(),
                    total,
                    progress.filesDone(),
                    progress.filesTotal(),
                    progress.filesFailed(),
                    rate,
                    left,
                    progress.failures() == null ? List.of() : progress.failures());
        }
        return latest;
    }

    /** When an operation was over, or null while it is not. */
    public static @Nullable Instant end(@Nullable OperationStatus status) {
        if (status == null || status.conditions == null) {
            return null;
        }
        if (!COMPLETE.equals(status.phase) && !FAILED.equals(status.phase)) {
            return null;
        }
        dev.leat.kube.api.Condition last = Conditions.find(status.conditions, status.phase);
        return last == null || last.lastTransitionTime() == null ? null : Instant.parse(last.lastTransitionTime());
    }
}

package dev.leat.kube.operator;

import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.Condition;
import dev.leat.kube.api.DataBackup;
import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataMigrate;
import dev.leat.kube.api.DataProcess;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.api.Mount;
import dev.leat.kube.api.OperationRef;
import dev.leat.kube.api.OperationStatus;
import dev.leat.kube.api.Policy;
import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.model.Conditions;
import dev.leat.kube.model.DatasetStatuses;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.JobObjects;
import dev.leat.kube.model.Json;
import dev.leat.kube.model.Labels;
import dev.leat.kube.model.Names;
import dev.leat.kube.model.OperationStatuses;
import dev.leat.kube.model.PodFacts;
import dev.leat.kube.model.Support;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations by Jobs, when their dataset is bound and the operation before them is complete.
 *
 * @param <P> the kind
 */
abstract class OperationReconciler<P extends CustomResource<?, OperationStatus>> implements Reconciler<P> {
    /** How often an operation is looked at that waits for another, whose kind may be any. */
    private static final Duration WAITING = Duration.ofSeconds(2);

    private static final Duration RUNNING = Duration.ofSeconds(5);

    private final Parts parts;

    OperationReconciler(Parts parts) {
        this.parts = parts;
    }

    /** What kinds of operations have in common. */
    record Plan(
            @Nullable String dataset,
            @Nullable String datasetNamespace,
            Policy policy,
            @Nullable String schedule,
            @Nullable OperationRef runAfter,
            @Nullable Integer ttlSeconds,
            String suffix) {}

    abstract Plan plan(P operation);

    abstract PodTemplateSpec template(P operation, Dataset dataset, Engine engine);

    abstract P empty();

    Parts parts() {
        return parts;
    }

    @Override
    public List<EventSource<?, P>> prepareEventSources(EventSourceContext<P> context) {
        SimpleInboundEventSource<P> reports = new SimpleInboundEventSource<>("reports");
        parts.book().onOperation(id -> reports.propagateEvent(id));
        List<EventSource<?, P>> sources = new ArrayList<>();
        sources.add(reports);
        String mine = Informers.managed(Labels.COMPONENT, suffix());
        sources.add(Informers.annotated(context, Job.class, mine, Labels.OPERATION_NAME));
        sources.add(Informers.annotated(context, CronJob.class, mine, Labels.OPERATION_NAME));
        sources.add(Informers.annotated(context, Pod.class, mine, Labels.OPERATION_NAME));
        sources.add(Informers.informer(context, Dataset.class, null, dataset -> {
            Set<ResourceID> waiting = new HashSet<>();
            context.getPrimaryCache()
                    .list(
                            dataset.getMetadata().getNamespace(),
                            operation -> dataset.getMetadata()
                                    .getName()
                                    .equals(plan(operation).dataset()))
                    .forEach(operation -> waiting.add(ResourceID.fromResource(operation)));
            return waiting;
        }));
        return sources;
    }

    /** The label of the kind's pods. */
    abstract String suffix();

    @Override
    public UpdateControl<P> reconcile(P operation, Context<P> context) {
        Instant now = parts.clock().instant();
        Plan plan = plan(operation);
        OperationStatus before = operation.getStatus();
        List<String> fields = Support.withoutEffect(operation.getKind(), Json.tree(operation));
        if (!fields.isEmpty()) {
            parts.notices()
                    .warn(
                            operation,
                            "FieldsWithoutEffect",
                            "these fields have no effect in Leat: " + String.join(", ", fields));
        }
        Instant end = plan.policy() == Policy.ONCE ? OperationStatuses.end(before) : null;
        if (end != null) {
            return over(operation, plan, end, now, context.getClient());
        }
        String namespace = operation.getMetadata().getNamespace();
        if (plan.datasetNamespace() != null && !plan.datasetNamespace().equals(namespace)) {
            return patch(
                    operation,
                    OperationStatuses.refused(
                            before,
                            operation.getMetadata().getGeneration(),
                            "OtherNamespace",
                            "spec.dataset.namespace: an operation works on datasets of its own namespace, " + namespace,
                            now));
        }
        Job job = job(operation, plan, context);
        if (job == null && cron(context) == null) {
            OperationStatus waiting = waiting(operation, plan, context, now);
            if (waiting != null) {
                return patch(operation, waiting).rescheduleAfter(WAITING);
            }
        }
        return run(operation, plan, job, context, now);
    }

    /** What keeps an operation from running, or null. */
    private @Nullable OperationStatus waiting(P operation, Plan plan, Context<P> context, Instant now) {
        OperationStatus before = operation.getStatus();
        Long generation = operation.getMetadata().getGeneration();
        OperationRef other = plan.runAfter();
        if (other != null && other.name() != null && !remembered(before)) {
            CustomResource<?, OperationStatus> found = find(context.getClient(), operation, other);
            String what = other.kind() + " " + other.name();
            OperationStatus status = found == null ? null : found.getStatus();
            String phase = status == null ? null : status.phase;
            if (OperationStatuses.FAILED.equals(phase)) {
                return OperationStatuses.refused(before, generation, "PredecessorFailed", what + " failed", now);
            }
            if (!OperationStatuses.COMPLETE.equals(phase)) {
                String message = found == null ? what + " does not exist" : "waits for " + what + " to complete";
                return OperationStatuses.waiting(before, generation, true, "WaitsForOperation", message, now);
            }
        }
        Dataset dataset = dataset(operation, plan, context);
        if (dataset == null) {
            return OperationStatuses.waiting(
                    before, generation, false, "NoDataset", "dataset " + plan.dataset() + " does not exist", now);
        }
        if (dataset.getStatus() == null || !DatasetStatuses.BOUND.equals(dataset.getStatus().phase)) {
            Condition ready =
                    dataset.getStatus() == null ? null : Conditions.find(dataset.getStatus().conditions, "Ready");
            String why = ready == null || ready.message() == null ? "" : ": " + ready.message();
            return OperationStatuses.waiting(
                    before,
                    generation,
                    false,
                    "DatasetNotBound",
                    "dataset " + plan.dataset() + " is not bound" + why,
                    now);
        }
        return null;
    }

    /** Whether the operation before this one was seen to be complete, whatever became of it since. */
    private static boolean remembered(@Nullable OperationStatus before) {
        Condition started = before == null ? null : Conditions.find(before.conditions, "Started");
        return started != null && ("True".equals(started.status()) || !"WaitsForOperation".equals(started.reason()));
    }

    private static @Nullable CustomResource<?, OperationStatus> find(
            KubernetesClient client, HasMetadata operation, OperationRef other) {
        String namespace = other.namespace() == null ? operation.getMetadata().getNamespace() : other.namespace();
        if (!namespace.equals(operation.getMetadata().getNamespace())) {
            return null;
        }
        Class<? extends CustomResource<?, OperationStatus>> type =
                switch (other.kind() == null ? "" : other.kind()) {
                    case "DataProcess" -> DataProcess.class;
                    case "DataMigrate" -> DataMigrate.class;
                    case "DataBackup" -> DataBackup.class;
                    default -> DataLoad.class;
                };
        return client.resources(type)
                .inNamespace(namespace)
                .withName(other.name())
                .get();
    }

    private UpdateControl<P> run(P operation, Plan plan, @Nullable Job job, Context<P> context, Instant now) {
        Dataset dataset = dataset(operation, plan, context);
        Engine engine = dataset == null ? null : engine(context.getClient(), dataset);
        Job running = job;
        String event = null;
        if (dataset != null && engine != null) {
            PodTemplateSpec template = template(operation, dataset, engine);
            switch (plan.policy()) {
                case CRON ->
                    Applier.apply(
                            context,
                            JobObjects.cron(
                                    operation,
                                    plan.suffix(),
                                    plan.schedule() == null ? "" : plan.schedule(),
                                    template));
                case ON_EVENT -> {
                    event = Names.digest(Json.text(mounts(dataset)));
                    Job wanted = JobObjects.once(operation, plan.suffix() + "-" + event, template);
                    if (job == null
                            || !job.getMetadata()
                                    .getName()
                                    .equals(wanted.getMetadata().getName())) {
                        running = Applier.apply(context.getClient(), wanted);
                    }
                }
                case ONCE -> {
                    if (job == null) {
                        running =
                                Applier.apply(context.getClient(), JobObjects.once(operation, plan.suffix(), template));
                    }
                }
            }
        }
        OperationStatus status = OperationStatuses.of(
                new OperationStatuses.Seen(
                        operation.getMetadata().getGeneration(),
                        plan.policy(),
                        running,
                        cron(context),
                        trouble(context),
                        plan.dataset() == null
                                ? List.of()
                                : parts.book()
                                        .ofOperation(
                                                new ResourceID(
                                                        plan.dataset(),
                                                        operation.getMetadata().getNamespace()),
                                                operation.getMetadata().getName())),
                operation.getStatus(),
                now);
        if (event != null) {
            Map<String, String> infos = new LinkedHashMap<>(status.infos == null ? Map.of() : status.infos);
            infos.put(OperationStatuses.EVENT, event);
            status.infos = infos;
        }
        return patch(operation, status).rescheduleAfter(RUNNING);
    }

    private static List<Mount> mounts(Dataset dataset) {
        List<Mount> mounts = dataset.getSpec().mounts();
        return mounts == null ? List.of() : mounts;
    }

    private static @Nullable String trouble(Context<?> context) {
        return context.getSecondaryResources(Pod.class).stream()
                .map(PodFacts::trouble)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable CronJob cron(Context<?> context) {
        return context.getSecondaryResource(CronJob.class).orElse(null);
    }

    /** The latest Job of the operation. */
    private @Nullable Job job(P operation, Plan plan, Context<P> context) {
        if (plan.policy() == Policy.CRON) {
            // Jobs of a schedule bear its name and belong to it, not to the operation; their labels are the
            // operation's.
            return context
                    .getClient()
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(operation.getMetadata().getNamespace())
                    .withLabels(Map.of(Labels.MANAGED_BY, Labels.LEAT, Labels.COMPONENT, suffix()))
                    .list()
                    .getItems()
                    .stream()
                    .filter(job ->
                            operation.getMetadata().getName().equals(Informers.annotation(job, Labels.OPERATION_NAME)))
                    .max(Comparator.comparing(job -> job.getMetadata().getCreationTimestamp()))
                    .orElse(null);
        }
        return context.getSecondaryResources(Job.class).stream()
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .max(Comparator.comparing(job -> job.getMetadata().getCreationTimestamp()))
                .orElse(null);
    }

    private @Nullable Dataset dataset(P operation, Plan plan, Context<P> context) {
        return plan.dataset() == null
                ? null
                : context.getClient()
                        .resources(Dataset.class)
                        .inNamespace(operation.getMetadata().getNamespace())
                        .withName(plan.dataset())
                        .get();
    }

    private static @Nullable Engine engine(KubernetesClient client, Dataset dataset) {
        String namespace = dataset.getMetadata().getNamespace();
        String name = dataset.getMetadata().getName();
        AlluxioRuntime alluxio = client.resources(AlluxioRuntime.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        if (alluxio != null) {
            return Engine.of(alluxio);
        }
        JuiceFsRuntime juicefs = client.resources(JuiceFsRuntime.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        if (juicefs != null) {
            return Engine.of(juicefs);
        }
        ThinRuntime thin = client.resources(ThinRuntime.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        return thin == null ? null : Engine.of(thin, null);
    }

    private UpdateControl<P> over(P operation, Plan plan, Instant end, Instant now, KubernetesClient client) {
        if (plan.ttlSeconds() == null) {
            return UpdateControl.noUpdate();
        }
        Instant due = end.plusSeconds(plan.ttlSeconds());
        if (now.isBefore(due)) {
            return UpdateControl.<P>noUpdate()
                    .rescheduleAfter(Duration.between(now, due).plusMillis(1));
        }
        client.resource(operation).delete();
        return UpdateControl.noUpdate();
    }

    private UpdateControl<P> patch(P operation, OperationStatus status) {
        if (operation.getStatus() != null && Json.tree(operation.getStatus()).equals(Json.tree(status))) {
            return UpdateControl.noUpdate();
        }
        P patched = empty();
        patched.getMetadata().setName(operation.getMetadata().getName());
        patched.getMetadata().setNamespace(operation.getMetadata().getNamespace());
        patched.setStatus(status);
        return UpdateControl.patchStatus(patched);
    }
}

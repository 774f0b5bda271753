package dev.leat.kube.operator;

import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.NodeState;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.model.CacheRemoval;
import dev.leat.kube.model.Conditions;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.EngineProperties;
import dev.leat.kube.model.Json;
import dev.leat.kube.model.Labels;
import dev.leat.kube.model.Names;
import dev.leat.kube.model.RuntimeObjects;
import dev.leat.kube.model.RuntimeStatuses;
import dev.leat.kube.model.Support;
import dev.leat.kube.report.DaemonReport;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the workers and FUSE pods of a runtime as it says, whichever kind it is, and its status as pods and daemons say.
 *
 * @param <R> the kind
 */
abstract class RuntimeReconciler<R extends CustomResource<?, RuntimeStatus>> implements Reconciler<R>, Cleaner<R> {
    /** How often it is looked for daemons that went silent. */
    private static final Duration SILENCE = Duration.ofSeconds(DaemonReport.INTERVAL_SECONDS);

    private static final long CLEANING_MILLIS = 1000;

    private final Parts parts;
    private final String type;

    RuntimeReconciler(Parts parts, String type) {
        this.parts = parts;
        this.type = type;
    }

    /** The runtime in Leat's terms. */
    abstract Engine engine(R runtime, Context<R> context);

    /** A new object of the kind. */
    abstract R empty();

    /** What a runtime asks for that a daemon has to know but that is not its own: warnings, one a line. */
    List<String> problems(R runtime, Context<R> context) {
        return List.of();
    }

    @Override
    public List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
        SimpleInboundEventSource<R> reports = new SimpleInboundEventSource<>("reports");
        parts.book().onDataset(id -> reports.propagateEvent(id));
        String mine = Informers.managed(Labels.RUNTIME, type);
        List<EventSource<?, R>> sources = new ArrayList<>();
        sources.add(reports);
        sources.add(Informers.sameName(context, Dataset.class));
        sources.add(Informers.annotated(context, Pod.class, mine, Labels.DATASET_NAME));
        sources.add(Informers.annotated(context, StatefulSet.class, mine, Labels.DATASET_NAME));
        sources.add(Informers.annotated(context, DaemonSet.class, mine, Labels.DATASET_NAME));
        sources.add(Informers.annotated(context, ConfigMap.class, mine, Labels.DATASET_NAME));
        sources.add(Informers.annotated(context, Service.class, mine, Labels.DATASET_NAME));
        sources.add(Informers.annotated(context, PodDisruptionBudget.class, mine, Labels.DATASET_NAME));
        return sources;
    }

    @Override
    public UpdateControl<R> reconcile(R runtime, Context<R> context) {
        Instant now = parts.clock().instant();
        Dataset dataset = context.getSecondaryResource(Dataset.class).orElse(null);
        if (dataset == null || dataset.getMetadata().getDeletionTimestamp() != null || dataset.getSpec() == null) {
            return patch(runtime, withoutDataset(runtime, now));
        }
        Engine engine = engine(runtime, context);
        own(runtime, dataset, context);
        RuntimeObjects objects = new RuntimeObjects(parts.settings(), engine, dataset);
        for (HasMetadata object : objects.all()) {
            Applier.apply(context, object);
        }
        warn(runtime, engine, objects, context);
        RuntimeStatus status = RuntimeStatuses.of(engine, dataset, seen(runtime, context), runtime.getStatus(), now);
        parts.nodes()
                .move(
                        Names.cacheNodeLabel(engine.namespace(), engine.name()),
                        nodes(runtime.getStatus()),
                        nodes(status));
        return patch(runtime, status).rescheduleAfter(SILENCE);
    }

    private RuntimeStatuses.Seen seen(R runtime, Context<R> context) {
        List<Pod> workers = new ArrayList<>();
        List<Pod> fuses = new ArrayList<>();
        for (Pod pod : context.getSecondaryResources(Pod.class)) {
            String component = pod.getMetadata().getLabels().get(Labels.COMPONENT);
            if (Labels.WORKER.equals(component)) {
                workers.add(pod);
            } else if (Labels.FUSE.equals(component)) {
                fuses.add(pod);
            }
        }
        int wanted = context.getSecondaryResource(DaemonSet.class)
                .map(set -> set.getStatus() == null ? null : set.getStatus().getDesiredNumberScheduled())
                .orElse(0);
        return new RuntimeStatuses.Seen(
                runtime.getMetadata().getGeneration(),
                runtime.getMetadata().getCreationTimestamp(),
                workers,
                fuses,
                wanted,
                parts.book().of(ResourceID.fromResource(runtime)));
    }

    /** The dataset owns its runtime, and the runtime bears the dataset's id, as Fluid's do. */
    private void own(R runtime, Dataset dataset, Context<R> context) {
        boolean owned = runtime.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getUid().equals(dataset.getMetadata().getUid()));
        if (owned) {
            return;
        }
        R owner = empty();
        owner.getMetadata().setName(runtime.getMetadata().getName());
        owner.getMetadata().setNamespace(runtime.getMetadata().getNamespace());
        owner.getMetadata().setOwnerReferences(List.of(Engine.owner(dataset)));
        owner.getMetadata()
                .setLabels(Map.of(
                        Labels.FLUID_DATASET_ID,
                        Names.datasetId(
                                dataset.getMetadata().getNamespace(),
                                dataset.getMetadata().getName())));
        context.getClient()
                .resource(owner)
                .fieldManager(Applier.FIELD_MANAGER + "-owner")
                .forceConflicts()
                .serverSideApply();
    }

    private void warn(R runtime, Engine engine, RuntimeObjects objects, Context<R> context) {
        for (String warning : objects.warnings()) {
            parts.notices().warn(runtime, "Adjusted", warning);
        }
        for (String problem : problems(runtime, context)) {
            parts.notices().warn(runtime, "Profile", problem);
        }
        Set<String> properties = new TreeSet<>();
        properties.addAll(EngineProperties.unknown(engine.properties()));
        properties.addAll(EngineProperties.unknown(engine.worker().options()));
        properties.addAll(EngineProperties.unknown(engine.fuse().options()));
        if (!properties.isEmpty()) {
            parts.notices()
                    .warn(
                            runtime,
                            "UnknownProperties",
                            "these properties have no effect in Leat: " + String.join(", ", properties));
        }
        List<String> fields = Support.withoutEffect(runtime.getKind(), Json.tree(runtime));
        if (!fields.isEmpty()) {
            parts.notices()
                    .warn(
                            runtime,
                            "FieldsWithoutEffect",
                            "these fields have no effect in Leat: " + String.join(", ", fields));
        }
    }

    private RuntimeStatus withoutDataset(R runtime, Instant now) {
        RuntimeStatus before = runtime.getStatus();
        RuntimeStatus status = new RuntimeStatus();
        status.observedGeneration = runtime.getMetadata().getGeneration();
        status.masterPhase = RuntimeStatuses.NOT_READY;
        status.workerPhase = RuntimeStatuses.NOT_READY;
        status.fusePhase = RuntimeStatuses.NOT_READY;
        status.workerReason = "no dataset of the name " + runtime.getMetadata().getName() + " exists in this namespace";
        status.conditions = new Conditions(before == null ? null : before.conditions, status.observedGeneration, now)
                .set("WorkersReady", false, "NoDataset", status.workerReason)
                .list();
        return status;
    }

    private UpdateControl<R> patch(R runtime, RuntimeStatus status) {
        if (runtime.getStatus() != null && Json.tree(runtime.getStatus()).equals(Json.tree(status))) {
            return UpdateControl.noUpdate();
        }
        R patched = empty();
        patched.getMetadata().setName(runtime.getMetadata().getName());
        patched.getMetadata().setNamespace(runtime.getMetadata().getNamespace());
        patched.setStatus(status);
        return UpdateControl.patchStatus(patched);
    }

    private static Set<String> nodes(@Nullable RuntimeStatus status) {
        Set<String> nodes = new HashSet<>();
        if (status != null && status.workers != null) {
            for (NodeState worker : status.workers) {
                if (Boolean.TRUE.equals(worker.ready()) && worker.node() != null) {
                    nodes.add(worker.node());
                }
            }
        }
        return nodes;
    }

    /** Ends the pods first, then empties the folders of the nodes that they leave, then lets the runtime go. */
    @Override
    public DeleteControl cleanup(R runtime, Context<R> context) {
        Engine engine = engine(runtime, context);
        KubernetesClient client = context.getClient();
        client.apps()
                .statefulSets()
                .inNamespace(engine.namespace())
                .withName(Names.workers(engine.name()))
                .delete();
        client.apps()
                .daemonSets()
                .inNamespace(engine.namespace())
                .withName(Names.fuse(engine.name()))
                .delete();
        // Asked of the API server: pods that were made a moment ago are in no informer yet.
        List<Pod> pods = client.pods()
                .inNamespace(engine.namespace())
                .withLabels(Map.of(
                        Labels.MANAGED_BY,
                        Labels.LEAT,
                        Labels.RUNTIME,
                        type,
                        Labels.FLUID_DATASET_ID,
                        Names.datasetId(engine.namespace(), engine.name())))
                .list()
                .getItems();
        boolean running = pods.stream()
                .anyMatch(pod -> !CacheRemoval.COMPONENT.equals(
                        pod.getMetadata().getLabels().get(Labels.COMPONENT)));
        if (running) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(CLEANING_MILLIS);
        }
        CacheRemoval removal = new CacheRemoval(parts.settings(), engine, cacheNodes(runtime.getStatus(), engine));
        if (!removed(runtime, removal, pods, context)) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(CLEANING_MILLIS);
        }
        parts.nodes().clear(Names.cacheNodeLabel(engine.namespace(), engine.name()));
        parts.nodes().clear(Names.fuseNodeLabel(engine.namespace(), engine.name()));
        parts.book().forget(ResourceID.fromResource(runtime));
        return DeleteControl.defaultDelete();
    }

    /** Nodes that workers are known to have run on. */
    private Set<String> cacheNodes(@Nullable RuntimeStatus status, Engine engine) {
        Set<String> nodes =
                new TreeSet<>(parts.nodes().labelled(Names.cacheNodeLabel(engine.namespace(), engine.name())));
        if (status != null && status.workers != null) {
            status.workers.stream()
                    .map(NodeState::node)
                    .filter(Objects::nonNull)
                    .forEach(nodes::add);
        }
        return nodes;
    }

    /** Whether nothing is left on the nodes, or it has been tried long enough. */
    private boolean removed(R runtime, CacheRemoval removal, List<Pod> pods, Context<R> context) {
        boolean all = true;
        for (Pod wanted : removal.pods()) {
            Pod seen = pods.stream()
                    .filter(pod -> pod.getMetadata()
                            .getName()
                            .equals(wanted.getMetadata().getName()))
                    .findFirst()
                    .orElse(null);
            if (seen == null) {
                Applier.apply(context.getClient(), wanted);
                all = false;
            } else if (seen.getStatus() == null
                    || !"Succeeded".equals(seen.getStatus().getPhase())) {
                all = false;
            }
        }
        if (all) {
            return true;
        }
        Instant began = Instant.parse(runtime.getMetadata().getDeletionTimestamp());
        if (parts.clock().instant().isBefore(began.plus(removal.patience()))) {
            return false;
        }
        parts.notices().warn(runtime, "CacheNotRemoved", removal.leftBehind());
        return true;
    }
}

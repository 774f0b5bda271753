package dev.leat.kube.operator;

import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.CacheRuntime;
import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataProcess;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.DatasetStatus;
import dev.leat.kube.api.EfcRuntime;
import dev.leat.kube.api.JindoRuntime;
import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.api.OperationStatus;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.api.VineyardRuntime;
import dev.leat.kube.model.DatasetStatuses;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.Json;
import dev.leat.kube.model.Labels;
import dev.leat.kube.model.Names;
import dev.leat.kube.model.OperationStatuses;
import dev.leat.kube.model.Sources;
import dev.leat.kube.model.Support;
import dev.leat.kube.model.VolumeObjects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Binds datasets to their runtimes, gives pods a claim on them, and tells what is known of them. */
@ControllerConfiguration(
        name = "dataset",
        finalizerName = "data.fluid.io/fluid-dataset-controller-finalizer",
        fieldManager = Applier.FIELD_MANAGER)
final class DatasetReconciler implements Reconciler<Dataset>, Cleaner<Dataset> {
    private static final long IN_USE_MILLIS = 2000;

    private final Parts parts;

    DatasetReconciler(Parts parts) {
        this.parts = parts;
    }

    /** The runtime of a dataset's name. */
    private record Served(
            @Nullable Engine engine,
            @Nullable RuntimeStatus status,
            @Nullable String foreign) {}

    @Override
    public List<EventSource<?, Dataset>> prepareEventSources(EventSourceContext<Dataset> context) {
        SimpleInboundEventSource<Dataset> reports = new SimpleInboundEventSource<>("reports");
        parts.book().onDataset(id -> reports.propagateEvent(id));
        List<EventSource<?, Dataset>> sources = new ArrayList<>();
        sources.add(reports);
        sources.add(Informers.sameName(context, AlluxioRuntime.class));
        sources.add(Informers.sameName(context, JuiceFsRuntime.class));
        sources.add(Informers.sameName(context, ThinRuntime.class));
        sources.add(Informers.sameName(context, JindoRuntime.class));
        sources.add(Informers.sameName(context, EfcRuntime.class));
        sources.add(Informers.sameName(context, VineyardRuntime.class));
        sources.add(Informers.sameName(context, CacheRuntime.class));
        sources.add(Informers.informer(
                context,
                DataLoad.class,
                null,
                load -> target(
                        load,
                        load.getSpec() == null || load.getSpec().dataset() == null
                                ? null
                                : load.getSpec().dataset().name())));
        sources.add(Informers.informer(
                context,
                DataProcess.class,
                null,
                process -> target(
                        process,
                        process.getSpec() == null || process.getSpec().dataset() == null
                                ? null
                                : process.getSpec().dataset().name())));
        sources.add(Informers.annotated(
                context, PersistentVolumeClaim.class, Informers.managed(null, null), Labels.DATASET_NAME));
        sources.add(Informers.annotated(
                context, PersistentVolume.class, Informers.managed(null, null), Labels.DATASET_NAME));
        return sources;
    }

    private static Set<ResourceID> target(HasMetadata operation, @Nullable String dataset) {
        return dataset == null
                ? Set.of()
                : Set.of(new ResourceID(dataset, operation.getMetadata().getNamespace()));
    }

    @Override
    public UpdateControl<Dataset> reconcile(Dataset dataset, Context<Dataset> context) {
        Instant now = parts.clock().instant();
        Served served = served(context);
        DatasetStatus status = DatasetStatuses.of(
                dataset,
                new DatasetStatuses.Seen(
                        served.engine(),
                        served.status(),
                        served.foreign(),
                        parts.book().of(ResourceID.fromResource(dataset)).values(),
                        operations(context)),
                now);
        if (served.engine() != null && DatasetStatuses.BOUND.equals(status.phase)) {
            Applier.apply(
                    context,
                    VolumeObjects.volume(
                            dataset, served.engine(), parts.settings().mountRoot()));
            Applier.apply(context, VolumeObjects.claim(dataset, served.engine()));
        } else if (served.engine() == null) {
            deleteVolumes(context);
        }
        warn(dataset, served.engine());
        if (dataset.getStatus() != null && Json.tree(dataset.getStatus()).equals(Json.tree(status))) {
            return UpdateControl.noUpdate();
        }
        Dataset patched = new Dataset();
        patched.getMetadata().setName(dataset.getMetadata().getName());
        patched.getMetadata().setNamespace(dataset.getMetadata().getNamespace());
        patched.setStatus(status);
        return UpdateControl.patchStatus(patched);
    }

    private void warn(Dataset dataset, @Nullable Engine engine) {
        Set<String> options = Sources.of(dataset, engine).unknownOptions();
        if (!options.isEmpty()) {
            parts.notices()
                    .warn(
                            dataset,
                            "UnknownOptions",
                            "these mount options have no effect in Leat: " + String.join(", ", options));
        }
        List<String> fields = Support.withoutEffect(dataset.getKind(), Json.tree(dataset));
        if (!fields.isEmpty()) {
            parts.notices()
                    .warn(
                            dataset,
                            "FieldsWithoutEffect",
                            "these fields have no effect in Leat: " + String.join(", ", fields));
        }
    }

    private static Served served(Context<Dataset> context) {
        Optional<AlluxioRuntime> alluxio = alive(context, AlluxioRuntime.class);
        if (alluxio.isPresent()) {
            return new Served(Engine.of(alluxio.get()), alluxio.get().getStatus(), null);
        }
        Optional<JuiceFsRuntime> juicefs = alive(context, JuiceFsRuntime.class);
        if (juicefs.isPresent()) {
            return new Served(Engine.of(juicefs.get()), juicefs.get().getStatus(), null);
        }
        Optional<ThinRuntime> thin = alive(context, ThinRuntime.class);
        if (thin.isPresent()) {
            return new Served(Engine.of(thin.get(), null), thin.get().getStatus(), null);
        }
        for (Class<? extends HasMetadata> kind :
                List.of(JindoRuntime.class, EfcRuntime.class, VineyardRuntime.class, CacheRuntime.class)) {
            if (alive(context, kind).isPresent()) {
                return new Served(
                        null,
                        null,
                        "the runtime of its name is a " + HasMetadata.getKind(kind)
                                + ", which Leat does not serve yet; use an AlluxioRuntime, JuiceFSRuntime or ThinRuntime");
            }
        }
        return new Served(null, null, null);
    }

    private static <R extends HasMetadata> Optional<R> alive(Context<Dataset> context, Class<R> type) {
        return context.getSecondaryResource(type)
                .filter(runtime -> runtime.getMetadata().getDeletionTimestamp() == null);
    }

    private static Map<String, String> operations(Context<Dataset> context) {
        Map<String, String> running = new TreeMap<>();
        for (DataLoad load : context.getSecondaryResources(DataLoad.class)) {
            add(running, "DataLoad", load);
        }
        for (DataProcess process : context.getSecondaryResources(DataProcess.class)) {
            add(running, "DataProcess", process);
        }
        return running;
    }

    private static void add(Map<String, String> running, String kind, CustomResource<?, OperationStatus> operation) {
        if (operation.getStatus() != null && OperationStatuses.EXECUTING.equals(operation.getStatus().phase)) {
            running.merge(kind, operation.getMetadata().getName(), (some, one) -> some + "," + one);
        }
    }

    private static void deleteVolumes(Context<Dataset> context) {
        // A claim that pods use stays until they end: Kubernetes sees to that.
        context.getSecondaryResource(PersistentVolumeClaim.class)
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(claim -> context.getClient().resource(claim).delete());
        if (context.getSecondaryResource(PersistentVolumeClaim.class).isEmpty()) {
            context.getSecondaryResource(PersistentVolume.class)
                    .filter(volume -> volume.getMetadata().getDeletionTimestamp() == null)
                    .ifPresent(volume -> context.getClient().resource(volume).delete());
        }
    }

    /** A dataset goes when no pod uses it any more, and takes claim, volume and runtime along. */
    @Override
    public DeleteControl cleanup(Dataset dataset, Context<Dataset> context) {
        List<String> users = users(dataset, context);
        if (!users.isEmpty()) {
            parts.notices()
                    .warn(
                            dataset,
                            "InUse",
                            "deletion waits for pods that use the dataset: " + String.join(", ", users));
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(IN_USE_MILLIS);
        }
        if (!volumesGone(dataset, context.getClient())) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(IN_USE_MILLIS);
        }
        parts.book().forget(ResourceID.fromResource(dataset));
        return DeleteControl.defaultDelete();
    }

    /**
     * Deletes claim and volume, and tells whether they are gone. Asked of the API server: what was made a moment ago is in no
     * informer yet, and nobody comes back for it once the dataset is gone.
     */
    private static boolean volumesGone(Dataset dataset, KubernetesClient client) {
        String namespace = dataset.getMetadata().getNamespace();
        String name = dataset.getMetadata().getName();
        Resource<PersistentVolumeClaim> claim =
                client.persistentVolumeClaims().inNamespace(namespace).withName(name);
        Resource<PersistentVolume> volume = client.persistentVolumes().withName(Names.volume(namespace, name));
        return gone(claim) && gone(volume);
    }

    private static <T extends HasMetadata> boolean gone(Resource<T> resource) {
        T object = resource.get();
        if (object == null
                || !Labels.LEAT.equals(object.getMetadata().getLabels().get(Labels.MANAGED_BY))) {
            // A claim of the same name that somebody else made is not ours to delete.
            return true;
        }
        if (object.getMetadata().getDeletionTimestamp() == null) {
            resource.delete();
        }
        return false;
    }

    /** Asked of the API server, for pods of others are in none of the operator's informers. */
    private static List<String> users(Dataset dataset, Context<Dataset> context) {
        List<String> users = new ArrayList<>();
        for (Pod pod : context.getClient()
                .pods()
                .inNamespace(dataset.getMetadata().getNamespace())
                .list()
                .getItems()) {
            String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
            boolean over = "Succeeded".equals(phase) || "Failed".equals(phase);
            boolean uses = pod.getSpec().getVolumes().stream()
                    .anyMatch(volume -> volume.getPersistentVolumeClaim() != null
                            && dataset.getMetadata()
                                    .getName()
                                    .equals(volume.getPersistentVolumeClaim().getClaimName()));
            if (uses && !over) {
                users.add(pod.getMetadata().getName());
            }
        }
        return users;
    }
}

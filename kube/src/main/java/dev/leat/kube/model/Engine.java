package dev.leat.kube.model;

import dev.leat.kube.api.AlluxioComponent;
import dev.leat.kube.api.AlluxioFuse;
import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.AlluxioRuntimeSpec;
import dev.leat.kube.api.JuiceFsComponent;
import dev.leat.kube.api.JuiceFsFuse;
import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.api.JuiceFsRuntimeSpec;
import dev.leat.kube.api.PodMetadata;
import dev.leat.kube.api.RuntimeManagement;
import dev.leat.kube.api.ThinComponent;
import dev.leat.kube.api.ThinFuse;
import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.api.ThinRuntimeProfile;
import dev.leat.kube.api.ThinRuntimeProfileSpec;
import dev.leat.kube.api.ThinRuntimeSpec;
import dev.leat.kube.api.User;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A runtime of any kind in the terms that pods are made of: they all describe one engine, Leat.
 *
 * @param type kind in lower case as Fluid spells it in paths and labels, such as {@code alluxio}
 * @param namespace of runtime and dataset
 * @param name of runtime and dataset
 * @param owner what the objects of the runtime belong to
 * @param workers how many workers are wanted
 * @param tiers levels of the workers' cache
 * @param worker how workers are made
 * @param fuse how FUSE pods are made
 * @param runAs who owns files, if not the dataset says so
 * @param volumes further volumes of all pods
 * @param properties of the engine
 * @param scraped whether pods ask to be scraped for metrics
 * @param cleanPolicy when FUSE pods leave a node
 * @param cleanGraceSeconds how long an emptying of the cache may take
 * @param cleanAttempts how often it is tried
 */
public record Engine(
        String type,
        String namespace,
        String name,
        OwnerReference owner,
        int workers,
        List<Tier> tiers,
        Component worker,
        Component fuse,
        @Nullable User runAs,
        List<Volume> volumes,
        Map<String, String> properties,
        boolean scraped,
        String cleanPolicy,
        int cleanGraceSeconds,
        int cleanAttempts) {
    /** Fluid's own figures for emptying a cache. */
    private static final int CLEAN_GRACE_SECONDS = 60;

    private static final int CLEAN_ATTEMPTS = 3;

    /** What all kinds say of cleaning up, with Fluid's defaults. */
    private record Cleaning(String policy, int graceSeconds, int attempts) {
        static Cleaning of(@Nullable String policy, @Nullable RuntimeManagement management) {
            int graceSeconds = CLEAN_GRACE_SECONDS;
            int attempts = CLEAN_ATTEMPTS;
            if (management != null && management.cleanCachePolicy() != null) {
                Integer seconds = management.cleanCachePolicy().gracePeriodSeconds();
                Integer tries = management.cleanCachePolicy().maxRetryAttempts();
                graceSeconds = seconds == null ? graceSeconds : seconds;
                attempts = tries == null ? attempts : tries;
            }
            return new Cleaning(
                    policy == null || policy.isEmpty() ? "OnRuntimeDeleted" : policy, graceSeconds, attempts);
        }
    }

    /** Of an {@code AlluxioRuntime}. */
    public static Engine of(AlluxioRuntime runtime) {
        AlluxioRuntimeSpec spec = runtime.getSpec();
        AlluxioComponent worker = spec.worker();
        AlluxioFuse fuse = spec.fuse();
        Component workers = worker == null
                ? Component.NONE
                : Component.of(
                        Component.env(worker.env()),
                        worker.resources(),
                        worker.nodeSelector(),
                        worker.volumeMounts(),
                        worker.podMetadata(),
                        worker.imagePullSecrets(),
                        worker.properties(),
                        worker.networkMode());
        Component fuses = fuse == null
                ? Component.NONE
                : Component.of(
                        Component.env(fuse.env()),
                        fuse.resources(),
                        fuse.nodeSelector(),
                        fuse.volumeMounts(),
                        fuse.podMetadata(),
                        fuse.imagePullSecrets(),
                        fuse.properties(),
                        fuse.networkMode());
        return make(
                "alluxio",
                runtime,
                replicas(spec.replicas(), worker == null ? null : worker.replicas()),
                Tier.of(spec.tieredstore()),
                workers.with(spec.podMetadata(), spec.imagePullSecrets()),
                fuses.with(spec.podMetadata(), spec.imagePullSecrets()),
                spec.runAs(),
                spec.volumes(),
                spec.properties(),
                spec.disablePrometheus(),
                Cleaning.of(fuse == null ? null : fuse.cleanPolicy(), spec.management()));
    }

    /** Of a {@code JuiceFSRuntime}. */
    public static Engine of(JuiceFsRuntime runtime) {
        JuiceFsRuntimeSpec spec = runtime.getSpec();
        JuiceFsComponent worker = spec.worker();
        JuiceFsFuse fuse = spec.fuse();
        Component workers = worker == null
                ? Component.NONE
                : Component.of(
                        Component.orEmpty(worker.env()),
                        worker.resources(),
                        worker.nodeSelector(),
                        worker.volumeMounts(),
                        worker.podMetadata(),
                        null,
                        worker.options(),
                        worker.networkMode());
        Component fuses = fuse == null
                ? Component.NONE
                : Component.of(
                        Component.orEmpty(fuse.env()),
                        fuse.resources(),
                        fuse.nodeSelector(),
                        fuse.volumeMounts(),
                        fuse.podMetadata(),
                        null,
                        fuse.options(),
                        fuse.networkMode());
        return make(
                "juicefs",
                runtime,
                replicas(spec.replicas(), worker == null ? null : worker.replicas()),
                Tier.of(spec.tieredstore()),
                workers.with(spec.podMetadata(), null),
                fuses.with(spec.podMetadata(), null),
                spec.runAs(),
                spec.volumes(),
                null,
                spec.disablePrometheus(),
                Cleaning.of(fuse == null ? null : fuse.cleanPolicy(), spec.management()));
    }

    /** Of a {@code ThinRuntime}, with what its profile says where it says nothing itself. */
    public static Engine of(ThinRuntime runtime, @Nullable ThinRuntimeProfile profile) {
        ThinRuntimeSpec spec = runtime.getSpec();
        ThinRuntimeProfileSpec base = profile == null ? null : profile.getSpec();
        List<Volume> volumes = new ArrayList<>(Component.orEmpty(base == null ? null : base.volumes()));
        volumes.addAll(Component.orEmpty(spec.volumes()));
        List<LocalObjectReference> secrets = new ArrayList<>(Component.orEmpty(spec.imagePullSecrets()));
        secrets.addAll(Component.orEmpty(base == null ? null : base.imagePullSecrets()));
        ThinFuse fuse = spec.fuse();
        ThinFuse baseFuse = base == null ? null : base.fuse();
        String policy = fuse == null ? null : fuse.cleanPolicy();
        if (policy == null && baseFuse != null) {
            policy = baseFuse.cleanPolicy();
        }
        return make(
                "thin",
                runtime,
                replicas(
                        spec.replicas(),
                        spec.worker() == null ? null : spec.worker().replicas()),
                Tier.of(spec.tieredstore()),
                thin(spec.worker(), base == null ? null : base.worker()).with(null, secrets),
                thin(fuse, baseFuse).with(null, secrets),
                spec.runAs(),
                volumes,
                null,
                spec.disablePrometheus(),
                Cleaning.of(policy, spec.management()));
    }

    private static Component thin(@Nullable ThinComponent own, @Nullable ThinComponent base) {
        ThinComponent said = own == null ? base : own;
        return said == null
                ? Component.NONE
                : Component.of(
                        Component.orEmpty(said.env()),
                        said.resources(),
                        said.nodeSelector(),
                        said.volumeMounts(),
                        null,
                        said.imagePullSecrets(),
                        null,
                        said.networkMode());
    }

    private static Component thin(@Nullable ThinFuse own, @Nullable ThinFuse base) {
        ThinFuse said = own == null ? base : own;
        if (said == null) {
            return Component.NONE;
        }
        Map<String, String> options = new LinkedHashMap<>(Component.orEmpty(base == null ? null : base.options()));
        options.putAll(Component.orEmpty(said.options()));
        PodMetadata metadata = said.podMetadata();
        return Component.of(
                Component.orEmpty(said.env()),
                said.resources(),
                said.nodeSelector(),
                said.volumeMounts(),
                metadata,
                said.imagePullSecrets(),
                options,
                said.networkMode());
    }

    private static Engine make(
            String type,
            HasMetadata runtime,
            int workers,
            List<Tier> tiers,
            Component worker,
            Component fuse,
            @Nullable User runAs,
            @Nullable List<Volume> volumes,
            @Nullable Map<String, String> properties,
            @Nullable Boolean disablePrometheus,
            Cleaning cleaning) {
        return new Engine(
                type,
                runtime.getMetadata().getNamespace(),
                runtime.getMetadata().getName(),
                owner(runtime),
                workers,
                tiers,
                worker,
                fuse,
                runAs,
                Component.orEmpty(volumes),
                Component.orEmpty(properties),
                !Boolean.TRUE.equals(disablePrometheus),
                cleaning.policy(),
                cleaning.graceSeconds(),
                cleaning.attempts());
    }

    private static int replicas(@Nullable Integer ofRuntime, @Nullable Integer ofWorker) {
        if (ofRuntime != null) {
            return ofRuntime;
        }
        return ofWorker == null ? 1 : ofWorker;
    }

    /** A reference to an object that controls others: these go when it goes. */
    public static OwnerReference owner(HasMetadata object) {
        return new OwnerReferenceBuilder()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /** Room of the workers' cache in memory. */
    public long memoryTierBytes() {
        return tiers.stream()
                .filter(tier -> tier.medium() == dev.leat.kube.api.MediumType.MEM)
                .mapToLong(Tier::quotaBytes)
                .sum();
    }

    /** Room of one worker's cache. */
    public long quotaBytes() {
        return tiers.stream().mapToLong(Tier::quotaBytes).sum();
    }
}

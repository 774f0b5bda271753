package dev.leat.kube.operator;

import dev.leat.kube.api.CacheRuntime;
import dev.leat.kube.api.CacheRuntimeStatus;
import dev.leat.kube.api.Condition;
import dev.leat.kube.api.DataBackup;
import dev.leat.kube.api.DataMigrate;
import dev.leat.kube.api.DatasetVersion;
import dev.leat.kube.api.DatasetVersionStatus;
import dev.leat.kube.api.EfcRuntime;
import dev.leat.kube.api.JindoRuntime;
import dev.leat.kube.api.OperationStatus;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.api.VineyardRuntime;
import dev.leat.kube.model.Conditions;
import dev.leat.kube.model.OperationStatuses;
import dev.leat.kube.model.RuntimeStatuses;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says of an object of a kind that Leat does not serve yet that it has no effect, at once, by a condition and an event.
 *
 * @param <P> the kind
 * @param <S> its status
 */
abstract class Unserved<P extends CustomResource<?, S>, S> implements Reconciler<P> {
    static final String REASON = "NotServed";

    private static final String RUNTIMES =
            "an AlluxioRuntime, JuiceFSRuntime or ThinRuntime of the same name is served";

    private final Parts parts;
    private final String instead;
    private final Supplier<P> empty;
    private final Function<S, @Nullable Long> answered;

    /**
     * Of one kind.
     *
     * @param instead what is served, in a clause
     * @param empty makes a new object of the kind
     * @param answered the generation that a status speaks of
     */
    Unserved(Parts parts, String instead, Supplier<P> empty, Function<S, @Nullable Long> answered) {
        this.parts = parts;
        this.instead = instead;
        this.empty = empty;
        this.answered = answered;
    }

    /** All of them. */
    static List<Reconciler<?>> all(Parts parts) {
        return List.of(
                new Jindo(parts),
                new Efc(parts),
                new Vineyard(parts),
                new Cache(parts),
                new Migrate(parts),
                new Backup(parts),
                new Version(parts));
    }

    abstract S status(@Nullable Long generation, String message, Instant now);

    @Override
    public UpdateControl<P> reconcile(P object, Context<P> context) {
        Long generation = object.getMetadata().getGeneration();
        S said = object.getStatus();
        if (said != null && generation != null && generation.equals(answered.apply(said))) {
            return UpdateControl.noUpdate();
        }
        String message = "Leat does not serve " + object.getKind() + " yet: " + instead;
        parts.notices().warn(object, REASON, message);
        P patched = empty.get();
        patched.getMetadata().setName(object.getMetadata().getName());
        patched.getMetadata().setNamespace(object.getMetadata().getNamespace());
        patched.setStatus(status(generation, message, parts.clock().instant()));
        return UpdateControl.patchStatus(patched);
    }

    private static List<Condition> not(String type, @Nullable Long generation, String message, Instant now) {
        return new Conditions(null, generation, now)
                .set(type, false, REASON, message)
                .list();
    }

    /** What runtimes have in common. */
    abstract static class OfRuntime<P extends CustomResource<?, RuntimeStatus>> extends Unserved<P, RuntimeStatus> {
        OfRuntime(Parts parts, Supplier<P> empty) {
            super(parts, RUNTIMES, empty, status -> status.observedGeneration);
        }

        @Override
        RuntimeStatus status(@Nullable Long generation, String message, Instant now) {
            RuntimeStatus status = new RuntimeStatus();
            status.observedGeneration = generation;
            status.masterPhase = RuntimeStatuses.NOT_READY;
            status.workerPhase = RuntimeStatuses.NOT_READY;
            status.workerReason = message;
            status.fusePhase = RuntimeStatuses.NOT_READY;
            status.conditions = not("WorkersReady", generation, message, now);
            return status;
        }
    }

    /** Of {@code JindoRuntime}s. */
    @ControllerConfiguration(name = "jindoruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Jindo extends OfRuntime<JindoRuntime> {
        Jindo(Parts parts) {
            super(parts, JindoRuntime::new);
        }
    }

    /** Of {@code EFCRuntime}s. */
    @ControllerConfiguration(name = "efcruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Efc extends OfRuntime<EfcRuntime> {
        Efc(Parts parts) {
            super(parts, EfcRuntime::new);
        }
    }

    /** Of {@code VineyardRuntime}s. */
    @ControllerConfiguration(name = "vineyardruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Vineyard extends OfRuntime<VineyardRuntime> {
        Vineyard(Parts parts) {
            super(parts, VineyardRuntime::new);
        }
    }

    /** Of {@code CacheRuntime}s. */
    @ControllerConfiguration(name = "cacheruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Cache extends Unserved<CacheRuntime, CacheRuntimeStatus> {
        Cache(Parts parts) {
            super(parts, RUNTIMES, CacheRuntime::new, status -> status.observedGeneration);
        }

        @Override
        CacheRuntimeStatus status(@Nullable Long generation, String message, Instant now) {
            CacheRuntimeStatus status = new CacheRuntimeStatus();
            status.observedGeneration = generation;
            status.phase = REASON;
            status.conditions = not("Ready", generation, message, now);
            return status;
        }
    }

    /** What operations have in common. */
    abstract static class OfOperation<P extends CustomResource<?, OperationStatus>>
            extends Unserved<P, OperationStatus> {
        OfOperation(Parts parts, String instead, Supplier<P> empty) {
            super(parts, instead, empty, status -> status.observedGeneration);
        }

        @Override
        OperationStatus status(@Nullable Long generation, String message, Instant now) {
            return OperationStatuses.refused(null, generation, REASON, message, now);
        }
    }

    /** Of {@code DataMigrate}s. */
    @ControllerConfiguration(name = "datamigrate", fieldManager = Applier.FIELD_MANAGER)
    static final class Migrate extends OfOperation<DataMigrate> {
        Migrate(Parts parts) {
            super(parts, "copy with a DataProcess that mounts the dataset", DataMigrate::new);
        }
    }

    /** Of {@code DataBackup}s. */
    @ControllerConfiguration(name = "databackup", fieldManager = Applier.FIELD_MANAGER)
    static final class Backup extends OfOperation<DataBackup> {
        Backup(Parts parts) {
            super(
                    parts,
                    "a dataset keeps no metadata that could be lost, its source holds everything",
                    DataBackup::new);
        }
    }

    /** Of {@code DatasetVersion}s. */
    @ControllerConfiguration(name = "datasetversion", fieldManager = Applier.FIELD_MANAGER)
    static final class Version extends Unserved<DatasetVersion, DatasetVersionStatus> {
        Version(Parts parts) {
            super(parts, "nothing is sealed", DatasetVersion::new, status -> status.observedGeneration);
        }

        @Override
        DatasetVersionStatus status(@Nullable Long generation, String message, Instant now) {
            DatasetVersionStatus status = new DatasetVersionStatus();
            status.observedGeneration = generation;
            status.phase = REASON;
            status.conditions = not("Ready", generation, message, now);
            return status;
        }
    }
}

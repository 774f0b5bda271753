package dev.leat.kube.operator;

import dev.leat.kube.api.CacheRuntime;
import dev.leat.kube.api.CacheRuntimeStatus;
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
import java.util.Objects;

/**
 * Says of an object of a kind that Leat does not serve yet that it has no effect, at once, by a condition and an event.
 *
 * @param <P> the kind
 * @param <S> its status
 */
abstract class Unserved<P extends CustomResource<?, S>, S> implements Reconciler<P> {
    static final String REASON = "NotServed";

    private final Parts parts;
    private final String instead;

    Unserved(Parts parts, String instead) {
        this.parts = parts;
        this.instead = instead;
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

    abstract P empty();

    /** The generation that was answered last. */
    abstract Object answered(S status);

    abstract S status(P object, String message, Instant now);

    @Override
    public UpdateControl<P> reconcile(P object, Context<P> context) {
        Long generation = object.getMetadata().getGeneration();
        if (object.getStatus() != null && Objects.equals(answered(object.getStatus()), generation)) {
            return UpdateControl.noUpdate();
        }
        String message = "Leat does not serve " + object.getKind() + " yet: " + instead;
        parts.notices().warn(object, REASON, message);
        P patched = empty();
        patched.getMetadata().setName(object.getMetadata().getName());
        patched.getMetadata().setNamespace(object.getMetadata().getNamespace());
        patched.setStatus(status(object, message, parts.clock().instant()));
        return UpdateControl.patchStatus(patched);
    }

    /** What runtimes have in common. */
    abstract static class OfRuntime<P extends CustomResource<?, RuntimeStatus>> extends Unserved<P, RuntimeStatus> {
        OfRuntime(Parts parts) {
            super(parts, "an AlluxioRuntime, JuiceFSRuntime or ThinRuntime of the same name is served");
        }

        @Override
        Object answered(RuntimeStatus status) {
            return status.observedGeneration == null ? "" : status.observedGeneration;
        }

        @Override
        RuntimeStatus status(P object, String message, Instant now) {
            RuntimeStatus status = new RuntimeStatus();
            status.observedGeneration = object.getMetadata().getGeneration();
            status.masterPhase = RuntimeStatuses.NOT_READY;
            status.workerPhase = RuntimeStatuses.NOT_READY;
            status.workerReason = message;
            status.fusePhase = RuntimeStatuses.NOT_READY;
            status.conditions = new Conditions(null, status.observedGeneration, now)
                    .set("WorkersReady", false, REASON, message)
                    .list();
            return status;
        }
    }

    /** Of {@code JindoRuntime}s. */
    @ControllerConfiguration(name = "jindoruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Jindo extends OfRuntime<JindoRuntime> {
        Jindo(Parts parts) {
            super(parts);
        }

        @Override
        JindoRuntime empty() {
            return new JindoRuntime();
        }
    }

    /** Of {@code EFCRuntime}s. */
    @ControllerConfiguration(name = "efcruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Efc extends OfRuntime<EfcRuntime> {
        Efc(Parts parts) {
            super(parts);
        }

        @Override
        EfcRuntime empty() {
            return new EfcRuntime();
        }
    }

    /** Of {@code VineyardRuntime}s. */
    @ControllerConfiguration(name = "vineyardruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Vineyard extends OfRuntime<VineyardRuntime> {
        Vineyard(Parts parts) {
            super(parts);
        }

        @Override
        VineyardRuntime empty() {
            return new VineyardRuntime();
        }
    }

    /** Of {@code CacheRuntime}s. */
    @ControllerConfiguration(name = "cacheruntime", fieldManager = Applier.FIELD_MANAGER)
    static final class Cache extends Unserved<CacheRuntime, CacheRuntimeStatus> {
        Cache(Parts parts) {
            super(parts, "an AlluxioRuntime, JuiceFSRuntime or ThinRuntime of the same name is served");
        }

        @Override
        CacheRuntime empty() {
            return new CacheRuntime();
        }

        @Override
        Object answered(CacheRuntimeStatus status) {
            return status.observedGeneration == null ? "" : status.observedGeneration;
        }

        @Override
        CacheRuntimeStatus status(CacheRuntime object, String message, Instant now) {
            CacheRuntimeStatus status = new CacheRuntimeStatus();
            status.observedGeneration = object.getMetadata().getGeneration();
            status.phase = REASON;
            status.conditions = new Conditions(null, status.observedGeneration, now)
                    .set("Ready", false, REASON, message)
                    .list();
            return status;
        }
    }

    /** What operations have in common. */
    abstract static class OfOperation<P extends CustomResource<?, OperationStatus>>
            extends Unserved<P, OperationStatus> {
        OfOperation(Parts parts, String instead) {
            super(parts, instead);
        }

        @Override
        Object answered(OperationStatus status) {
            return status.observedGeneration == null ? "" : status.observedGeneration;
        }

        @Override
        OperationStatus status(P object, String message, Instant now) {
            return OperationStatuses.refused(null, object.getMetadata().getGeneration(), REASON, message, now);
        }
    }

    /** Of {@code DataMigrate}s. */
    @ControllerConfiguration(name = "datamigrate", fieldManager = Applier.FIELD_MANAGER)
    static final class Migrate extends OfOperation<DataMigrate> {
        Migrate(Parts parts) {
            super(parts, "copy with a DataProcess that mounts the dataset");
        }

        @Override
        DataMigrate empty() {
            return new DataMigrate();
        }
    }

    /** Of {@code DataBackup}s. */
    @ControllerConfiguration(name = "databackup", fieldManager = Applier.FIELD_MANAGER)
    static final class Backup extends OfOperation<DataBackup> {
        Backup(Parts parts) {
            super(parts, "a dataset keeps no metadata that could be lost, its source holds everything");
        }

        @Override
        DataBackup empty() {
            return new DataBackup();
        }
    }

    /** Of {@code DatasetVersion}s. */
    @ControllerConfiguration(name = "datasetversion", fieldManager = Applier.FIELD_MANAGER)
    static final class Version extends Unserved<DatasetVersion, DatasetVersionStatus> {
        Version(Parts parts) {
            super(parts, "nothing is sealed");
        }

        @Override
        DatasetVersion empty() {
            return new DatasetVersion();
        }

        @Override
        Object answered(DatasetVersionStatus status) {
            return status.observedGeneration == null ? "" : status.observedGeneration;
        }

        @Override
        DatasetVersionStatus status(DatasetVersion object, String message, Instant now) {
            DatasetVersionStatus status = new DatasetVersionStatus();
            status.observedGeneration = object.getMetadata().getGeneration();
            status.phase = REASON;
            status.conditions = new Conditions(null, status.observedGeneration, now)
                    .set("Ready", false, REASON, message)
                    .list();
            return status;
        }
    }
}

package dev.leat.kube.model;

import dev.leat.kube.api.Dataset;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The volume and the claim by which pods use a dataset, as Fluid makes them. */
public final class VolumeObjects {
    /** The driver that node plugins serve for datasets. */
    public static final String DRIVER = "fuse.csi.fluid.io";

    static final String STORAGE_CLASS = "fluid";

    /** A dataset has no size of its own; this is the one that Fluid's volumes show. */
    private static final Map<String, Quantity> CAPACITY = Map.of("storage", new Quantity("100Pi"));

    private VolumeObjects() {}

    /** The volume, bound to the claim of the dataset's name. */
    public static PersistentVolume volume(Dataset dataset, Engine engine, String mountRoot) {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("fluid_path", RuntimeObjects.mountFolder(mountRoot, engine) + "/" + engine.type() + "-fuse");
        attributes.put("mount_type", "fuse." + engine.type() + "-fuse");
        attributes.put("runtime_namespace", engine.namespace());
        attributes.put("runtime_name", engine.name());
        attributes.put("mount_pod_node_selector_key", Names.fuseNodeLabel(engine.namespace(), engine.name()));
        List<String> modes = Sources.accessModes(dataset);
        return Json.stamped(new PersistentVolumeBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(Names.volume(engine.namespace(), engine.name()))
                        .withLabels(labels(engine))
                        .addToAnnotations("CreatedBy", "fluid")
                        .addToAnnotations(Labels.DATASET_NAME, engine.name())
                        .addToAnnotations("leat.dev/dataset-namespace", engine.namespace())
                        .build())
                .withNewSpec()
                .withCapacity(CAPACITY)
                .withAccessModes(modes)
                .withPersistentVolumeReclaimPolicy("Retain")
                .withStorageClassName(STORAGE_CLASS)
                .withNewClaimRef()
                .withNamespace(engine.namespace())
                .withName(engine.name())
                .withApiVersion("v1")
                .withKind("PersistentVolumeClaim")
                .endClaimRef()
                .withNewCsi()
                .withDriver(DRIVER)
                .withVolumeHandle(Names.volume(engine.namespace(), engine.name()))
                .withVolumeAttributes(attributes)
                .withReadOnly(Sources.readOnly(dataset) ? true : null)
                .endCsi()
                .endSpec()
                .build());
    }

    /** The claim that pods name. */
    public static PersistentVolumeClaim claim(Dataset dataset, Engine engine) {
        return Json.stamped(new PersistentVolumeClaimBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(engine.name())
                        .withNamespace(engine.namespace())
                        .withLabels(labels(engine))
                        .addToAnnotations("CreatedBy", "fluid")
                        .addToAnnotations(Labels.DATASET_NAME, engine.name())
                        .build())
                .withNewSpec()
                .withAccessModes(Sources.accessModes(dataset))
                .withStorageClassName(STORAGE_CLASS)
                .withVolumeName(Names.volume(engine.namespace(), engine.name()))
                .withNewResources()
                .withRequests(CAPACITY)
                .endResources()
                .endSpec()
                .build());
    }

    private static Map<String, String> labels(Engine engine) {
        Map<String, String> labels = Labels.common(engine, "volume");
        labels.put(Names.cacheNodeLabel(engine.namespace(), engine.name()), "true");
        return labels;
    }
}

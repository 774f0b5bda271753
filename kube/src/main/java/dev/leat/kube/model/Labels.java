package dev.leat.kube.model;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keys of labels and annotations on what the operator makes. */
public final class Labels {
    /** On everything that the operator makes; its informers look at nothing else. */
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

    public static final String LEAT = "leat";

    /** The kind of runtime in lower case, such as {@code alluxio}. */
    public static final String RUNTIME = "leat.dev/runtime";

    /** {@code worker}, {@code fuse}, {@code load} or {@code process}. */
    public static final String COMPONENT = "leat.dev/component";

    /** Annotation: the dataset's name, which may be longer than a label. */
    public static final String DATASET_NAME = "leat.dev/dataset-name";

    /** Annotation: the operation's name. */
    public static final String OPERATION_NAME = "leat.dev/operation-name";

    /** Annotation: a digest of what was asked for, so that nothing is written twice. */
    public static final String DIGEST = "leat.dev/digest";

    public static final String FLUID_DATASET = "fluid.io/dataset";
    public static final String FLUID_DATASET_ID = "fluid.io/dataset-id";
    public static final String FLUID_PLACEMENT = "fluid.io/dataset-placement";

    public static final String WORKER = "worker";
    public static final String FUSE = "fuse";

    private Labels() {}

    /** By which the pods of a component are selected; these never change. */
    public static Map<String, String> selector(Engine engine, String component) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("app", engine.type());
        labels.put("release", Names.fit(engine.name(), Names.LABEL_CHARACTERS_MAX));
        labels.put("role", engine.type() + "-" + component);
        return labels;
    }

    /** All labels of a component's pods: Fluid's and Leat's own. */
    public static Map<String, String> pods(Engine engine, String component, boolean shared) {
        Map<String, String> labels = selector(engine, component);
        labels.putAll(common(engine, component));
        labels.put(FLUID_PLACEMENT, shared ? "Shared" : "Exclusive");
        return labels;
    }

    /** Labels of any object of a component. */
    public static Map<String, String> common(Engine engine, String component) {
        Map<String, String> labels = new LinkedHashMap<>();
        String id = Names.datasetId(engine.namespace(), engine.name());
        labels.put(MANAGED_BY, LEAT);
        labels.put(RUNTIME, engine.type());
        labels.put(COMPONENT, component);
        labels.put(FLUID_DATASET, id);
        labels.put(FLUID_DATASET_ID, id);
        return labels;
    }
}

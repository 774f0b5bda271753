package dev.leat.kube.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** The kinds of objects that Leat serves. */
public final class Kinds {
    private static final List<Class<? extends HasMetadata>> ALL = List.of(
            Dataset.class,
            AlluxioRuntime.class,
            JuiceFsRuntime.class,
            ThinRuntime.class,
            ThinRuntimeProfile.class,
            JindoRuntime.class,
            EfcRuntime.class,
            VineyardRuntime.class,
            CacheRuntime.class,
            CacheRuntimeClass.class,
            DataLoad.class,
            DataMigrate.class,
            DataBackup.class,
            DataProcess.class,
            DatasetVersion.class);

    private Kinds() {}

    /** All of them, in the order in which the documentation names them. */
    public static List<Class<? extends HasMetadata>> all() {
        return ALL;
    }
}

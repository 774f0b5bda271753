package dev.leat.kube.webhook;

import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.RuntimeObjects;
import dev.leat.kube.model.Settings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The datasets and runtimes of the cluster, as informers keep them. */
final class DatasetCatalog implements AutoCloseable {
    private final Settings settings;
    private final SharedIndexInformer<Dataset> datasets;
    private final SharedIndexInformer<AlluxioRuntime> alluxio;
    private final SharedIndexInformer<JuiceFsRuntime> juicefs;
    private final SharedIndexInformer<ThinRuntime> thin;

    /** Starts the informers and waits until they know everything. */
    DatasetCatalog(KubernetesClient client, Settings settings) {
        this.settings = settings;
        datasets = client.resources(Dataset.class).inAnyNamespace().inform();
        alluxio = client.resources(AlluxioRuntime.class).inAnyNamespace().inform();
        juicefs = client.resources(JuiceFsRuntime.class).inAnyNamespace().inform();
        thin = client.resources(ThinRuntime.class).inAnyNamespace().inform();
    }

    /** Those claims of a namespace that are datasets with a runtime. */
    List<PodMutator.Used> of(String namespace, List<String> claims) {
        List<PodMutator.Used> used = new ArrayList<>();
        for (String claim : claims.stream().distinct().toList()) {
            String key = namespace + "/" + claim;
            Dataset dataset = datasets.getStore().getByKey(key);
            Engine engine = dataset == null ? null : engine(key);
            if (dataset != null && engine != null) {
                used.add(new PodMutator.Used(namespace, claim, new RuntimeObjects(settings, engine, dataset)));
            }
        }
        return used;
    }

    private @Nullable Engine engine(String key) {
        return find(alluxio, key)
                .map(Engine::of)
                .or(() -> find(juicefs, key).map(Engine::of))
                .or(() -> find(thin, key).map(runtime -> Engine.of(runtime, null)))
                .orElse(null);
    }

    private static <T extends HasMetadata> Optional<T> find(SharedIndexInformer<T> informer, String key) {
        return Optional.ofNullable(informer.getStore().getByKey(key));
    }

    @Override
    public void close() {
        datasets.close();
        alluxio.close();
        juicefs.close();
        thin.close();
    }
}

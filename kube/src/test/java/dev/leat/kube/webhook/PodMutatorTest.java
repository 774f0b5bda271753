package dev.leat.kube.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.Manifests;
import dev.leat.kube.Repository;
import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.RuntimeObjects;
import dev.leat.kube.model.Settings;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of pods that use datasets, and that nothing becomes of others. */
class PodMutatorTest {
    private static final Settings SETTINGS = new Settings(
            "localhost/leat:test",
            "IfNotPresent",
            List.of(),
            "https://leat-operator.leat-system.svc:9443",
            null,
            null,
            Map.of(),
            Settings.FLUID_MOUNT_ROOT,
            Settings.MEMORY_BYTES,
            Settings.MOUNT_CACHE_BYTES,
            null);

    private static PodMutator.Used used(String name) {
        Dataset dataset = Manifests.read("lab/dataset-alluxio.yaml", Dataset.class);
        AlluxioRuntime runtime = Manifests.read("lab/dataset-alluxio.yaml", AlluxioRuntime.class);
        dataset.getMetadata().setName(name);
        runtime.getMetadata().setName(name);
        return new PodMutator.Used("default", name, new RuntimeObjects(SETTINGS, Engine.of(runtime), dataset));
    }

    private static Pod pod() {
        return Manifests.read("lab/training-pod.yaml", Pod.class);
    }

    private static void assertGolden(String name, Pod pod) {
        Repository.assertHolds(
                Repository.path("kube/src/test/resources/golden").resolve(name), Manifests.yaml(List.of(pod)));
    }

    @Test
    void nodesThatHoldTheDatasetArePreferred() {
        Pod pod = pod();
        assertThat(PodMutator.claims(pod)).containsExactly("ai-training-data");
        assertGolden("pod-preferred.yaml", PodMutator.mutate(pod, List.of(used("ai-training-data"))));
    }

    @Test
    void requiredDatasetsAreRequiredTogether() {
        Pod pod = new PodBuilder(pod())
                .editMetadata()
                .addToLabels("fluid.io/dataset.a.sched", "required")
                .addToLabels("fluid.io/dataset.b.sched", "required")
                .endMetadata()
                .editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addToMatchExpressions(new NodeSelectorRequirement("zone", "In", List.of("one")))
                .endNodeSelectorTerm()
                .addNewNodeSelectorTerm()
                .addToMatchExpressions(new NodeSelectorRequirement("zone", "In", List.of("two")))
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec()
                .build();
        Pod changed = PodMutator.mutate(pod, List.of(used("a"), used("b")));
        List<NodeSelectorTerm> terms = changed.getSpec()
                .getAffinity()
                .getNodeAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution()
                .getNodeSelectorTerms();
        assertThat(terms)
                .hasSize(2)
                .allSatisfy(term -> assertThat(term.getMatchExpressions())
                        .extracting(expression -> expression.getKey())
                        .containsExactly("zone", "fluid.io/s-default-a", "fluid.io/s-default-b"));
    }

    @Test
    void aSecondTimeChangesNothing() {
        Pod once = PodMutator.mutate(pod(), List.of(used("ai-training-data")));
        assertThat(PodMutator.mutate(once, List.of(used("ai-training-data")))).isEqualTo(once);
    }

    @Test
    void podsWithoutDatasetsAndThoseThatSaySoAreLeftAlone() {
        Pod pod = pod();
        assertThat(PodMutator.mutate(pod, List.of())).isSameAs(pod);
        pod.getMetadata().setLabels(Map.of("fluid.io/enable-injection", "false"));
        assertThat(PodMutator.mutate(pod, List.of(used("ai-training-data")))).isSameAs(pod);
    }

    @Test
    void aSidecarBringsTheMountAlong() {
        Pod pod = new PodBuilder(pod())
                .editMetadata()
                .addToLabels("serverless.fluid.io/inject", "true")
                .endMetadata()
                .build();
        Pod changed = PodMutator.mutate(pod, List.of(used("ai-training-data")));
        assertGolden("pod-sidecar.yaml", changed);
        assertThat(PodMutator.mutate(changed, List.of(used("ai-training-data"))))
                .isEqualTo(changed);
    }
}

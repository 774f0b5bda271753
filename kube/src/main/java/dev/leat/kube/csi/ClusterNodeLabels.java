package dev.leat.kube.csi;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;

/** Labels of a node of the cluster that this process runs in. */
final class ClusterNodeLabels implements NodeLabels, AutoCloseable {
    private final KubernetesClient client = new KubernetesClientBuilder().build();
    private final String node;

    ClusterNodeLabels(String node) {
        this.node = node;
    }

    @Override
    public void set(String key) throws IOException {
        try {
            client.nodes()
                    .withName(node)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            new NodeBuilder()
                                    .withNewMetadata()
                                    .addToLabels(key, "true")
                                    .endMetadata()
                                    .build());
        } catch (KubernetesClientException e) {
            throw new IOException("node " + node + " cannot be labelled " + key + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}

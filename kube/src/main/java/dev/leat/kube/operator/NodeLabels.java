package dev.leat.kube.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The labels of nodes that hold cache of a dataset, for schedulers and the webhook. */
final class NodeLabels {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLabels.class);

    private final KubernetesClient client;

    NodeLabels(KubernetesClient client) {
        this.client = client;
    }

    /** Moves a label from those nodes that had it to those that should have it. */
    void move(String label, Set<String> before, Set<String> after) {
        for (String node : after) {
            if (!before.contains(node)) {
                patch(node, label, "\"true\"");
            }
        }
        for (String node : before) {
            if (!after.contains(node)) {
                patch(node, label, "null");
            }
        }
    }

    /** Names of the nodes that bear a label. */
    List<String> labelled(String label) {
        return client.nodes().withLabel(label).list().getItems().stream()
                .map(node -> node.getMetadata().getName())
                .toList();
    }

    /** Takes a label from all nodes. */
    void clear(String label) {
        labelled(label).forEach(node -> patch(node, label, "null"));
    }

    private void patch(String node, String label, String value) {
        try {
            client.nodes()
                    .withName(node)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"labels\":{\"" + label + "\":" + value + "}}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            LOG.debug("node {} is gone, and its labels with it", node);
        }
    }
}

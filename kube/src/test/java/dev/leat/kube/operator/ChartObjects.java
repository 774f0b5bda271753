package dev.leat.kube.operator;

import dev.leat.kube.Repository;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Set;

/** What the chart makes besides pods: the tests run with these rights, and with no others. */
final class ChartObjects {
    private static final Set<String> INSTALLED = Set.of(
            "Namespace",
            "ServiceAccount",
            "ClusterRole",
            "ClusterRoleBinding",
            "Role",
            "RoleBinding",
            "Secret",
            "Lease");

    private ChartObjects() {}

    static void install(KubernetesClient admin) throws IOException {
        try (InputStream in = Files.newInputStream(Repository.path("deploy/install.yaml"))) {
            for (HasMetadata object : admin.load(in).items()) {
                if (INSTALLED.contains(object.getKind())) {
                    admin.resource(object).fieldManager("install").serverSideApply();
                }
            }
        }
    }
}

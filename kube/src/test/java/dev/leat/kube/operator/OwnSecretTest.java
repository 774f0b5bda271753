package dev.leat.kube.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.kube.KubeCluster;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the chart makes empty, filled with the operator's rights at a real API server. */
class OwnSecretTest {
    @BeforeAll
    static void chart() throws IOException {
        try (KubernetesClient admin = KubeCluster.get().client()) {
            ChartObjects.install(admin);
        }
    }

    @Test
    void whatTheChartMadeEmptyIsFilledOnceByRightsThatMakeNothing() throws IOException {
        String namespace = "leat-system";
        try (KubernetesClient own = KubeCluster.get().client("system:serviceaccount:leat-system:leat-operator")) {
            String secret =
                    WorkerKey.ensure(own, namespace, "leat-operator-workers").secret("ns", "dataset");
            assertThat(WorkerKey.ensure(own, namespace, "leat-operator-workers").secret("ns", "dataset"))
                    .isEqualTo(secret);
            List<String> hosts = List.of("leat-operator.leat-system.svc");
            String pem = ServingCertificate.ensure(own, namespace, "leat-operator-certificate", hosts)
                    .pem();
            assertThat(ServingCertificate.ensure(own, namespace, "leat-operator-certificate", hosts)
                            .pem())
                    .isEqualTo(pem);
            for (int i = 0; i < 2; i++) {
                LeaderLease.prepare(own, namespace, "leat-operator", Duration.ofSeconds(15));
                assertThat(own.leases()
                                .inNamespace(namespace)
                                .withName("leat-operator")
                                .require()
                                .getSpec())
                        .satisfies(spec ->
                                assertThat(spec.getLeaseDurationSeconds()).isEqualTo(15));
            }
            assertThatThrownBy(() -> WorkerKey.ensure(own, namespace, "another"))
                    .isInstanceOf(KubernetesClientException.class);
            Secret made = new SecretBuilder()
                    .withNewMetadata()
                    .withName("another")
                    .withNamespace(namespace)
                    .endMetadata()
                    .build();
            assertThatThrownBy(() -> own.resource(made).create()).isInstanceOf(KubernetesClientException.class);
        }
    }
}

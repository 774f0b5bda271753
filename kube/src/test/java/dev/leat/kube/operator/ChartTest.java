package dev.leat.kube.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.KubeCluster;
import dev.leat.kube.Repository;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The chart, by a real Helm: what it renders is what the repository shows, and what a real API server takes. */
class ChartTest {
    private static final Path CHART = Repository.path("deploy/helm/leat");

    private record Said(int code, String text) {}

    @BeforeAll
    static void helmIsThere() {
        KubeCluster.get();
        if (!Files.isExecutable(helm())) {
            throw new TestAbortedException("no Helm: run testing/kube/kube-build helm");
        }
    }

    private static Path helm() {
        return KubeCluster.binaries().resolve("helm");
    }

    private static Said helm(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(helm().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), text);
    }

    private static Said template(String... arguments) throws IOException, InterruptedException {
        return helm(Stream.concat(
                        Stream.of(
                                "template",
                                "leat",
                                CHART.toString(),
                                "--namespace",
                                "leat-system",
                                "--kube-version",
                                "1.34.0"),
                        Stream.of(arguments))
                .toArray(String[]::new));
    }

    @Test
    void plainManifestsAreThoseOfTheChart() throws IOException, InterruptedException {
        String head = """
                # Made by deploy/render; do not edit.
                apiVersion: v1
                kind: Namespace
                metadata: {name: leat-system}
                """;
        Repository.assertHolds(
                Repository.path("deploy/install.yaml"),
                head + template("--no-hooks").text());
    }

    @Test
    void fluidsValuesAndAllSwitchesRenderWhatAnApiServerTakes() throws IOException, InterruptedException {
        assertThat(helm("lint", CHART.toString()).code()).isZero();
        Said said = template(
                "--set", "runtime.alluxio.enabled=true",
                "--set", "runtime.juicefs.enabled=true",
                "--set", "workdir=/tmp",
                "--set", "helmDriver=secret",
                "--set", "image.imagePullSecrets[0]=registry",
                "--set", "caBundle=text",
                "--set", "hostAliases[0].ip=192.0.2.1",
                "--set", "hostAliases[0].hostnames[0]=archive.example",
                "--set", "operator.tolerations[0].operator=Exists",
                "--set", "webhook.replicas=2");
        assertThat(said.code()).as(said.text()).isZero();
        assertThat(said.text())
                .contains("--host-alias=192.0.2.1=archive.example", "--ca-bundle=/etc/leat/ca/ca-bundle.crt");
        try (KubernetesClient client = KubeCluster.get().client()) {
            if (client.namespaces().withName("leat-system").get() == null) {
                client.resource(new NamespaceBuilder()
                                .withNewMetadata()
                                .withName("leat-system")
                                .endMetadata()
                                .build())
                        .create();
            }
            client.load(new ByteArrayInputStream(said.text().getBytes(StandardCharsets.UTF_8)))
                    .items()
                    .forEach(object -> assertThat(client.resource(object)
                                    .dryRun()
                                    .fieldManager("chart")
                                    .forceConflicts()
                                    .serverSideApply()
                                    .getMetadata()
                                    .getName())
                            .isEqualTo(object.getMetadata().getName()));
        }
    }

    @Test
    void valuesThatMakeNoSenseAreRefusedByName() throws IOException, InterruptedException {
        Said unknown = template("--set", "operater.replicas=2");
        assertThat(unknown.code()).isNotZero();
        assertThat(unknown.text()).contains("operater");
        Said wrong = template("--set", "daemons.memory=12");
        assertThat(wrong.code()).isNotZero();
        assertThat(wrong.text()).contains("/daemons/memory");
    }
}

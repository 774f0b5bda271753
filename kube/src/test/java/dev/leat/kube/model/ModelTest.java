package dev.leat.kube.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.Manifests;
import dev.leat.kube.Repository;
import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataProcess;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.api.ThinRuntimeProfile;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Holds the objects that follow from manifests to golden files; {@code -Dleat.docs=write} renews them. */
class ModelTest {
    static final Settings SETTINGS = new Settings(
            "localhost/leat:test",
            "IfNotPresent",
            List.of("registry"),
            "https://leat-operator.leat-system.svc:9443",
            "-----BEGIN CERTIFICATE-----\nsource\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nreports\n-----END CERTIFICATE-----\n",
            Map.of("192.0.2.1", List.of("archive.apache.org")),
            Settings.FLUID_MOUNT_ROOT,
            Settings.MEMORY_BYTES,
            Settings.MOUNT_CACHE_BYTES,
            "system-node-critical");

    private static final String THIN = """
            apiVersion: data.fluid.io/v1alpha1
            kind: Dataset
            metadata:
              name: shared
            spec:
              placement: Shared
              owner: {uid: 1000, gid: 1000, user: u, group: g}
              tolerations: [{operator: Exists}]
              mounts:
                - mountPoint: pvc://claim/sub
                  name: volume
                - mountPoint: local:///mnt/data
                  path: /local
                - mountPoint: s3://bucket/prefix
                  name: s3
                  options: {fs.s3a.endpoint: http://minio:9000, alluxio.underfs.unknown: x}
                  encryptOptions:
                    - name: aws.accessKeyId
                      valueFrom: {secretKeyRef: {name: keys, key: ak}}
            ---
            apiVersion: data.fluid.io/v1alpha1
            kind: ThinRuntimeProfile
            metadata:
              name: nfs
            spec:
              fileSystemType: nfs
              fuse: {options: {leat.freshness: ttl=1m}, nodeSelector: {disk: fast}}
            ---
            apiVersion: data.fluid.io/v1alpha1
            kind: ThinRuntime
            metadata:
              name: shared
            spec:
              profileName: nfs
              replicas: 2
              tieredstore:
                levels:
                  - {mediumtype: HDD, path: "/mnt/a,/mnt/b", quotaList: "1Ti,2Ti", high: "0.8", low: "0.5"}
                  - {mediumtype: SSD, path: "/mnt/c,/mnt/d", quota: 100Gi}
            """;

    private static <T extends HasMetadata> T thin(Class<T> type) {
        for (String document : THIN.split("(?m)^---$")) {
            if (document.contains("kind: " + HasMetadata.getKind(type) + "\n")) {
                return Manifests.parse(document, type);
            }
        }
        throw new IllegalArgumentException(type.toString());
    }

    private static void assertGolden(String name, List<? extends HasMetadata> objects) {
        Repository.assertHolds(
                Repository.path("kube/src/test/resources/golden").resolve(name), Manifests.yaml(objects));
    }

    @Test
    void theLabsObjects() {
        Dataset dataset = Manifests.read("lab/dataset-alluxio.yaml", Dataset.class);
        Engine engine = Engine.of(Manifests.read("lab/dataset-alluxio.yaml", AlluxioRuntime.class));
        RuntimeObjects objects = new RuntimeObjects(SETTINGS, engine, dataset);
        List<HasMetadata> all = new ArrayList<>(objects.all());
        all.add(VolumeObjects.volume(dataset, engine, SETTINGS.mountRoot()));
        all.add(VolumeObjects.claim(dataset, engine));
        DataLoad load = Manifests.read("lab/dataload.yaml", DataLoad.class);
        all.add(JobObjects.once(load, "loader", JobObjects.load(SETTINGS, load, dataset, engine)));
        assertGolden("lab.yaml", all);
        assertThat(objects.warnings()).isEmpty();
    }

    @Test
    void levelsOnNodesAndJuiceFs() {
        Dataset dataset = Manifests.read("imagenet-juicefs.yaml", Dataset.class);
        Engine engine = Engine.of(Manifests.read("imagenet-juicefs.yaml", JuiceFsRuntime.class));
        assertGolden("imagenet-juicefs.yaml", new RuntimeObjects(SETTINGS, engine, dataset).all());
    }

    @Test
    void severalSourcesSecretsAndProfile() {
        Dataset dataset = thin(Dataset.class);
        Engine engine = Engine.of(thin(ThinRuntime.class), thin(ThinRuntimeProfile.class));
        RuntimeObjects objects = new RuntimeObjects(SETTINGS, engine, dataset);
        assertGolden("thin.yaml", objects.all());
        assertThat(objects.sources().unknownOptions()).containsExactly("alluxio.underfs.unknown");
        assertThat(Manifests.yaml(new CacheRemoval(SETTINGS, engine, Set.of("node-1")).pods()))
                .contains("rm", "/default/shared", "path: \"/mnt/a\"");
    }

    @Test
    void scheduledLoadAndScript() {
        Dataset dataset = Manifests.read("lab/dataset-alluxio.yaml", Dataset.class);
        Engine engine = Engine.of(Manifests.read("lab/dataset-alluxio.yaml", AlluxioRuntime.class));
        DataLoad load = Manifests.parse("""
                apiVersion: data.fluid.io/v1alpha1
                kind: DataLoad
                metadata: {name: nightly}
                spec:
                  dataset: {name: ai-training-data}
                  policy: Cron
                  schedule: "0 2 * * *"
                  loadMetadata: true
                  target: [{path: "/a b:c", replicas: 2}]
                """, DataLoad.class);
        DataProcess process = Manifests.parse("""
                apiVersion: data.fluid.io/v1alpha1
                kind: DataProcess
                metadata: {name: prep}
                spec:
                  dataset: {name: ai-training-data, mountPath: /data, subPath: raw}
                  processor:
                    script: {image: python, imageTag: "3.12", command: [bash], source: "echo 1"}
                """, DataProcess.class);
        assertGolden(
                "operations.yaml",
                List.of(
                        JobObjects.cron(load, "loader", "0 2 * * *", JobObjects.load(SETTINGS, load, dataset, engine)),
                        JobObjects.once(process, "processor", JobObjects.process(process))));
    }

    @Test
    void aMemoryLimitThatDoesNotFitIsRaisedAndTold() {
        Dataset dataset = Manifests.read("lab/dataset-alluxio.yaml", Dataset.class);
        AlluxioRuntime runtime = Manifests.parse("""
                apiVersion: data.fluid.io/v1alpha1
                kind: AlluxioRuntime
                metadata: {name: ai-training-data}
                spec:
                  worker: {resources: {limits: {memory: 1Gi}}}
                  tieredstore: {levels: [{mediumtype: MEM, path: /dev/shm, quota: 2Gi}]}
                """, AlluxioRuntime.class);
        RuntimeObjects objects = new RuntimeObjects(SETTINGS, Engine.of(runtime), dataset);
        assertThat(objects.warnings()).singleElement().asString().contains("1Gi", "2.54GiB");
        StatefulSet workers = objects.workers();
        Quantity limit = workers.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources()
                .getLimits()
                .get("memory");
        assertThat(Tier.bytes(Objects.requireNonNull(limit))).isEqualTo((2048L + 256 + 300) << 20);
    }

    @Test
    void eachDaemonGetsTheOptionsThatItHas() {
        Dataset dataset = Manifests.read("lab/dataset-alluxio.yaml", Dataset.class);
        AlluxioRuntime runtime = Manifests.parse("""
                apiVersion: data.fluid.io/v1alpha1
                kind: AlluxioRuntime
                metadata: {name: ai-training-data}
                spec:
                  properties: {leat.freshness: ttl=1m, leat.log-level: debug}
                  worker: {networkMode: HostNetwork}
                  tieredstore: {levels: [{mediumtype: SSD, path: /mnt/a, quota: 2Gi}]}
                """, AlluxioRuntime.class);
        RuntimeObjects objects = new RuntimeObjects(SETTINGS, Engine.of(runtime), dataset);
        PodSpec worker = objects.workers().getSpec().getTemplate().getSpec();
        PodSpec fuse = objects.fuse().getSpec().getTemplate().getSpec();
        assertThat(worker.getContainers().getFirst().getArgs())
                .contains("--log-level", "debug")
                .doesNotContain("--freshness");
        assertThat(fuse.getContainers().getFirst().getArgs()).contains("--log-level", "debug", "--freshness", "ttl=1m");
        assertThat(worker.getHostNetwork()).isTrue();
        assertThat(worker.getDnsPolicy()).as("Services have to be found").isEqualTo("ClusterFirstWithHostNet");
    }

    @Test
    void amountsLookAsFluidsDo() {
        assertThat(Sizes.bytes(0)).isEqualTo("0.00B");
        assertThat(Sizes.bytes(2L << 30)).isEqualTo("2.00GiB");
        assertThat(Sizes.bytes(1536)).isEqualTo("1.50KiB");
        assertThat(Sizes.percent(0, -1)).isEqualTo("0.0%");
        assertThat(Sizes.percent(1, 8)).isEqualTo("12.5%");
    }

    @Test
    void longNamesFitAndStayDifferent() {
        String name = "d".repeat(200);
        assertThat(Names.workers(name)).hasSize(Names.STATEFUL_SET_CHARACTERS_MAX);
        assertThat(Names.workers(name)).isNotEqualTo(Names.workers(name + "x"));
        assertThat(Names.cacheNodeLabel("ns", name))
                .startsWith("fluid.io/s-ns-")
                .hasSize("fluid.io/".length() + 63);
        assertThat(Names.cacheNodeLabel("default", "imagenet")).isEqualTo("fluid.io/s-default-imagenet");
    }
}

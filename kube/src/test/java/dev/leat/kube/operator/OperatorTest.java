package dev.leat.kube.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.kube.KubeCluster;
import dev.leat.kube.Manifests;
import dev.leat.kube.Repository;
import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.Condition;
import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataMigrate;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.DatasetStatus;
import dev.leat.kube.api.OperationStatus;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.model.Conditions;
import dev.leat.kube.model.Names;
import dev.leat.kube.model.Settings;
import dev.leat.kube.report.DaemonReport;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The operator against a real API server and its controllers; the kubelet alone is played. */
class OperatorTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Workers of different datasets do not share a node, and most tests leave theirs. */
    private static final int NODES = 12;

    private static final Settings SETTINGS = new Settings(
            "localhost/leat:test",
            "IfNotPresent",
            List.of(),
            "http://127.0.0.1:9443",
            null,
            null,
            Map.of(),
            Settings.FLUID_MOUNT_ROOT,
            Settings.MEMORY_BYTES,
            Settings.MOUNT_CACHE_BYTES,
            null);

    private static @Nullable KubernetesClient client;
    private static @Nullable Kubelet kubelet;
    private static @Nullable LeatOperator operator;

    @BeforeAll
    static void start() throws IOException {
        KubernetesClient admin = KubeCluster.get().client();
        client = admin;
        kubelet = new Kubelet(
                admin,
                IntStream.range(0, NODES).mapToObj(number -> "node-" + number).toList());
        ChartObjects.install(admin);
        operator = startOperator();
    }

    private static LeatOperator startOperator() throws IOException {
        return LeatOperator.start(
                KubeCluster.get().client("system:serviceaccount:leat-system:leat-operator"),
                new LeatOperator.Options(
                        SETTINGS,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        null,
                        "test",
                        WorkerKey.random()));
    }

    @AfterAll
    static void stop() {
        if (operator != null) {
            operator.close();
        }
        if (kubelet != null) {
            kubelet.close();
        }
        if (client != null) {
            client.close();
        }
    }

    private static KubernetesClient client() {
        return Objects.requireNonNull(client);
    }

    private static Kubelet kubelet() {
        return Objects.requireNonNull(kubelet);
    }

    private static PodDaemons daemons() {
        return new PodDaemons(client(), Objects.requireNonNull(operator).reportPort());
    }

    private static void apply(String yaml, String namespace) {
        client().load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(object -> {
                    object.getMetadata().setNamespace(namespace);
                    client().resource(object).fieldManager("user").serverSideApply();
                });
    }

    private static <T extends HasMetadata> T await(
            Class<T> type, String namespace, String name, Predicate<T> condition) {
        return await(type.getSimpleName() + " " + name)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> get(type, namespace, name), found -> found != null && condition.test(found));
    }

    private static <T extends HasMetadata> @Nullable T get(Class<T> type, String namespace, String name) {
        return client().resources(type).inNamespace(namespace).withName(name).get();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what);
    }

    private static Dataset awaitDataset(String namespace, String name, Predicate<DatasetStatus> condition) {
        return await(Dataset.class, namespace, name, d -> d.getStatus() != null && condition.test(d.getStatus()));
    }

    private static AlluxioRuntime awaitRuntime(String namespace, String name, Predicate<RuntimeStatus> condition) {
        return await(
                AlluxioRuntime.class, namespace, name, r -> r.getStatus() != null && condition.test(r.getStatus()));
    }

    private static DataLoad awaitLoad(String namespace, String name, Predicate<OperationStatus> condition) {
        return await(DataLoad.class, namespace, name, l -> l.getStatus() != null && condition.test(l.getStatus()));
    }

    private static void awaitEvent(String namespace, String reason, String part) {
        await("event " + reason)
                .atMost(LIMIT)
                .until(() -> client().v1().events().inNamespace(namespace).list().getItems().stream()
                        .map(Event::getMessage)
                        .anyMatch(message -> message.contains(part)));
    }

    private static String lab() throws IOException {
        return Files.readString(Repository.path("deploy/examples/lab/dataset-alluxio.yaml"));
    }

    private static boolean not(@Nullable List<Condition> conditions, String type, String reason) {
        Condition condition = Conditions.find(conditions, type);
        return condition != null && "False".equals(condition.status()) && reason.equals(condition.reason());
    }

    @Test
    void theLabFromNothingToNothing() throws IOException, InterruptedException {
        String namespace = KubeCluster.namespace(client());
        String name = "ai-training-data";
        apply(lab(), namespace);
        awaitDataset(namespace, name, status -> "Bound".equals(status.phase));
        PersistentVolumeClaim claim = await(
                PersistentVolumeClaim.class,
                namespace,
                name,
                c -> "Bound".equals(c.getStatus().getPhase()));
        assertThat(claim.getSpec().getVolumeName()).isEqualTo(namespace + "-" + name);
        assertThat(claim.getStatus().getCapacity().get("storage")).hasToString("100Pi");
        Dataset dataset = awaitDataset(
                namespace, name, s -> s.cacheStates != null && "2.00GiB".equals(s.cacheStates.get("cacheCapacity")));
        assertThat(dataset.getStatus().cacheStates)
                .containsEntry("cached", "0.00B")
                .containsEntry("cachedPercentage", "0.0%");
        assertThat(dataset.getStatus().observedGeneration)
                .isEqualTo(dataset.getMetadata().getGeneration());

        report(namespace, worker(namespace, name, true, null, 0, null));
        awaitDataset(namespace, name, s -> "[Calculating]".equals(s.ufsTotal));
        report(namespace, worker(namespace, name, false, 3L << 30, 1L << 30, null));
        awaitDataset(
                namespace,
                name,
                s -> "3.00GiB".equals(s.ufsTotal)
                        && s.cacheStates != null
                        && "33.3%".equals(s.cacheStates.get("cachedPercentage")));

        AlluxioRuntime runtime = awaitRuntime(namespace, name, s -> s.workers != null && s.workers.size() == 1);
        String node = runtime.getStatus().workers == null
                ? ""
                : runtime.getStatus().workers.getFirst().node();
        String label = Names.cacheNodeLabel(namespace, name);
        assertThat(client().nodes().withName(node).get().getMetadata().getLabels())
                .containsEntry(label, "true");

        client().resources(Dataset.class).inNamespace(namespace).withName(name).delete();
        await("everything gone").atMost(LIMIT).untilAsserted(() -> {
            assertThat(get(Dataset.class, namespace, name)).isNull();
            assertThat(get(AlluxioRuntime.class, namespace, name)).isNull();
            assertThat(client().persistentVolumes()
                            .withName(namespace + "-" + name)
                            .get())
                    .isNull();
            assertThat(client().pods().inNamespace(namespace).list().getItems()).isEmpty();
            assertThat(client().nodes().withLabel(label).list().getItems()).isEmpty();
            assertThat(client().configMaps()
                            .inNamespace(namespace)
                            .withName(Names.config(name))
                            .get())
                    .isNull();
        });
    }

    private static DaemonReport worker(
            String namespace,
            String dataset,
            boolean counting,
            @Nullable Long source,
            long cached,
            DaemonReport.@Nullable WorkProgress progress) {
        boolean load = progress != null;
        String pod = daemons()
                .pod(namespace, load ? "warm" : Names.workers(dataset))
                .getMetadata()
                .getName();
        DaemonReport report = DaemonReport.of(
                        new DaemonReport.Daemon(dataset, load ? "load" : "worker", pod, "node", load ? "warm" : null),
                        null)
                .withCache(new DaemonReport.CacheUse(cached, 2L << 30))
                .withSource(new DaemonReport.SourceSize(counting, source, source == null ? null : 7L));
        return progress == null ? report : report.withProgress(progress);
    }

    /** As the daemon in its pod does: with a token that was given to this pod. */
    private static int report(String namespace, DaemonReport report) throws IOException, InterruptedException {
        return daemons().post(daemons().token(namespace, report.from().pod(), Callers.AUDIENCE), report);
    }

    @Test
    void reportsAreBelievedOfThePodThatSendsThem() throws IOException, InterruptedException {
        String namespace = KubeCluster.namespace(client());
        apply(lab(), namespace);
        awaitDataset(namespace, "ai-training-data", status -> "Bound".equals(status.phase));
        DaemonReport report = worker(namespace, "ai-training-data", false, null, 1, null);
        assertThat(report(namespace, report)).isEqualTo(204);
        assertThat(daemons().post("nonsense", report)).isEqualTo(401);
        assertThat(daemons()
                        .post(
                                daemons().token(namespace, report.from().pod(), "https://kubernetes.default.svc"),
                                report))
                .isEqualTo(401);
        String pod = report.from().pod();
        String token = daemons().token(namespace, pod, Callers.AUDIENCE);
        for (DaemonReport.Daemon other : List.of(
                new DaemonReport.Daemon("ai-training-data", "worker", "other", null, null),
                new DaemonReport.Daemon("another", "worker", pod, null, null),
                new DaemonReport.Daemon("ai-training-data", "worker", pod, null, "ai-data-warmup"))) {
            assertThat(daemons().post(token, DaemonReport.of(other, null)))
                    .as("%s", other)
                    .isEqualTo(403);
        }
    }

    @Test
    void podsGetTheSecretOfTheirNamespacesDatasetsAndNobodyElseDoes() throws IOException, InterruptedException {
        String namespace = KubeCluster.namespace(client());
        String elsewhere = KubeCluster.namespace(client());
        apply(lab(), namespace);
        apply(lab(), elsewhere);
        awaitDataset(namespace, "ai-training-data", status -> "Bound".equals(status.phase));
        awaitDataset(elsewhere, "ai-training-data", status -> "Bound".equals(status.phase));
        String pod = daemons()
                .pod(namespace, Names.workers("ai-training-data"))
                .getMetadata()
                .getName();
        String token = daemons().token(namespace, pod, Callers.AUDIENCE);
        HttpResponse<String> mine = daemons().workerSecret(token, "ai-training-data");
        assertThat(mine.statusCode()).isEqualTo(200);
        assertThat(mine.body()).matches("[0-9a-f]{64}");
        assertThat(daemons().workerSecret(token, "ai-training-data").body()).isEqualTo(mine.body());
        assertThat(daemons().workerSecret(token, "another").body()).isNotEqualTo(mine.body());
        String theirs = daemons().token(elsewhere, pod, Callers.AUDIENCE);
        assertThat(daemons().workerSecret(theirs, "ai-training-data").body())
                .matches("[0-9a-f]{64}")
                .isNotEqualTo(mine.body());
        assertThat(daemons().workerSecret("nonsense", "ai-training-data").statusCode())
                .isEqualTo(401);
        String forTheApi = daemons().token(namespace, pod, "https://kubernetes.default.svc");
        assertThat(daemons().workerSecret(forTheApi, "ai-training-data").statusCode())
                .isEqualTo(401);
        assertThat(client().secrets().inNamespace(namespace).list().getItems()).isEmpty();
    }

    @Test
    void aRuntimeScalesAndCrashesShow() throws IOException {
        String namespace = KubeCluster.namespace(client());
        apply(lab(), namespace);
        String name = "ai-training-data";
        awaitRuntime(namespace, name, s -> "Ready".equals(s.workerPhase));
        client().resources(AlluxioRuntime.class)
                .inNamespace(namespace)
                .withName(name)
                .scale(2);
        awaitRuntime(
                namespace, name, s -> Integer.valueOf(2).equals(s.workerNumberReady) && "Ready".equals(s.workerPhase));
        kubelet().decide(namespace, Names.workers(name), Kubelet.Fate.CRASHING);
        awaitRuntime(
                namespace,
                name,
                s -> "NotReady".equals(s.workerPhase)
                        && s.workerReason != null
                        && s.workerReason.contains("CrashLoopBackOff"));
        awaitDataset(namespace, name, s -> not(s.conditions, "Ready", "WorkersNotReady"));

        kubelet().decide(namespace, Names.workers(name), Kubelet.Fate.READY);
        awaitRuntime(namespace, name, s -> "Ready".equals(s.workerPhase));
        kubelet().decide(namespace, Names.fuse(name), Kubelet.Fate.CRASHING);
        client().nodes().withName("node-0").edit(node -> {
            node.getMetadata().getLabels().put(Names.fuseNodeLabel(namespace, name), "true");
            return node;
        });
        awaitRuntime(
                namespace,
                name,
                s -> "NotReady".equals(s.fusePhase)
                        && s.fuseReason != null
                        && s.fuseReason.contains("CrashLoopBackOff"));
        awaitDataset(namespace, name, s -> not(s.conditions, "Ready", "FuseNotReady"));
    }

    @Test
    void aLoadRunsWaitsFailsAndIsRemembered() throws IOException, InterruptedException {
        String namespace = KubeCluster.namespace(client());
        kubelet().decide(namespace, "warm-loader", Kubelet.Fate.RUNNING);
        kubelet().decide(namespace, "bad-loader", Kubelet.Fate.FAILED);
        apply(load("warm", ""), namespace);
        apply(load("next", "  runAfter: {kind: DataLoad, name: warm}\n"), namespace);
        apply(load("bad", ""), namespace);
        apply(load("never", "  runAfter: {kind: DataLoad, name: bad}\n"), namespace);
        awaitLoad(namespace, "warm", s -> not(s.conditions, "Started", "NoDataset"));
        apply(lab(), namespace);
        awaitLoad(namespace, "warm", s -> "Executing".equals(s.phase));
        awaitDataset(
                namespace,
                "ai-training-data",
                s -> s.operationRef != null
                        && String.valueOf(s.operationRef.get("DataLoad")).contains("warm"));
        await("the load's pod")
                .atMost(LIMIT)
                .until(() -> client().pods().inNamespace(namespace).list().getItems().stream()
                        .anyMatch(pod -> pod.getMetadata().getName().startsWith("warm-loader")));
        report(
                namespace,
                worker(
                        namespace,
                        "ai-training-data",
                        false,
                        null,
                        0,
                        new DaemonReport.WorkProgress(1L << 20, 3L << 20, 1, 3L, 0, 1L << 20, List.of())));
        DataLoad running = awaitLoad(namespace, "warm", s -> s.progress != null);
        assertThat(running.getStatus().progress).satisfies(progress -> {
            assertThat(progress.bytesDone()).isEqualTo(1L << 20);
            assertThat(progress.secondsLeft()).isEqualTo(2);
        });
        assertThat(Objects.requireNonNull(get(DataLoad.class, namespace, "next"))
                        .getStatus()
                        .phase)
                .isEqualTo("Pending");
        kubelet().decide(namespace, "warm-loader", Kubelet.Fate.SUCCEEDED);
        awaitLoad(namespace, "warm", s -> "Complete".equals(s.phase));
        awaitLoad(namespace, "next", s -> "Executing".equals(s.phase));
        DataLoad never = awaitLoad(namespace, "never", s -> "Pending".equals(s.phase));
        assertThat(never.getStatus().waitingFor).isNotNull();
    }

    private static String load(String name, String more) {
        return """
                apiVersion: data.fluid.io/v1alpha1
                kind: DataLoad
                metadata: {name: %s}
                spec:
                  dataset: {name: ai-training-data}
                %s""".formatted(name, more);
    }

    @Test
    void editedMountsReachTheDaemonsAndLoadsOnEvents() throws IOException {
        String namespace = KubeCluster.namespace(client());
        String name = "ai-training-data";
        apply(lab(), namespace);
        apply(load("follow", "  policy: OnEvent\n"), namespace);
        kubelet().decide(namespace, "follow-loader", Kubelet.Fate.SUCCEEDED);
        DataLoad first = awaitLoad(namespace, "follow", s -> "Complete".equals(s.phase));
        client().resources(Dataset.class).inNamespace(namespace).withName(name).edit(dataset -> {
            Dataset edited = Manifests.parse("""
                    apiVersion: data.fluid.io/v1alpha1
                    kind: Dataset
                    metadata: {name: ai-training-data}
                    spec:
                      mounts:
                        - {mountPoint: "https://archive.apache.org/dist/spark/", name: spark}
                        - {mountPoint: "s3://bucket/more", name: more, options: {strange: "1"}}
                    """, Dataset.class);
            dataset.setSpec(edited.getSpec());
            return dataset;
        });
        await("the daemons' configuration")
                .atMost(LIMIT)
                .until(
                        () -> client()
                                .configMaps()
                                .inNamespace(namespace)
                                .withName(Names.config(name))
                                .get()
                                .getData()
                                .values()
                                .stream()
                                .anyMatch(text -> text.contains("s3://bucket/more")));
        String before = String.valueOf(first.getStatus().infos);
        awaitLoad(namespace, "follow", s -> "Complete".equals(s.phase) && !before.equals(String.valueOf(s.infos)));
        awaitEvent(namespace, "UnknownOptions", "strange");
    }

    @Test
    void kindsThatAreNotServedSaySo() {
        String namespace = KubeCluster.namespace(client());
        apply("""
                apiVersion: data.fluid.io/v1alpha1
                kind: DataMigrate
                metadata: {name: pull}
                spec:
                  from: {externalStorage: {uri: "s3://src/p"}}
                  to: {dataset: {name: vol, namespace: default, path: /p}}
                """, namespace);
        DataMigrate migrate = await(
                DataMigrate.class,
                namespace,
                "pull",
                m -> m.getStatus() != null && "Failed".equals(m.getStatus().phase));
        assertThat(migrate.getStatus().conditions)
                .singleElement()
                .extracting(Condition::reason)
                .isEqualTo("NotServed");
        awaitEvent(namespace, "NotServed", "Leat does not serve DataMigrate yet");
    }

    @Test
    void propertiesAndFieldsWithoutEffectAreNamed() {
        String namespace = KubeCluster.namespace(client());
        apply("""
                apiVersion: data.fluid.io/v1alpha1
                kind: Dataset
                metadata: {name: d}
                spec: {mounts: [{mountPoint: "s3://bucket/x", name: x}]}
                ---
                apiVersion: data.fluid.io/v1alpha1
                kind: AlluxioRuntime
                metadata: {name: d}
                spec:
                  hadoopConfig: conf
                  properties: {alluxio.user.block.size.bytes.default: 256MB, leat.freshness: etag}
                """, namespace);
        awaitEvent(namespace, "UnknownProperties", "alluxio.user.block.size.bytes.default");
        awaitEvent(namespace, "FieldsWithoutEffect", "spec.hadoopConfig");
        awaitEvent(namespace, "Adjusted", "tieredstore");
    }

    @Test
    void anOperatorThatIsKilledIsFollowedByAnother() throws IOException {
        String namespace = KubeCluster.namespace(client());
        Objects.requireNonNull(operator).close();
        apply(lab(), namespace);
        operator = startOperator();
        awaitDataset(namespace, "ai-training-data", status -> "Bound".equals(status.phase));
        client().resources(Dataset.class)
                .inNamespace(namespace)
                .withName("ai-training-data")
                .delete();
        Objects.requireNonNull(operator).close();
        operator = startOperator();
        await("everything gone").atMost(LIMIT).untilAsserted(() -> {
            assertThat(get(Dataset.class, namespace, "ai-training-data")).isNull();
            assertThat(get(AlluxioRuntime.class, namespace, "ai-training-data")).isNull();
            assertThat(client().resources(PersistentVolume.class)
                            .withName(namespace + "-ai-training-data")
                            .get())
                    .isNull();
        });
    }

    @Test
    void theExamplesAreAcceptedAsTheyStand() throws IOException {
        String namespace = KubeCluster.namespace(client());
        try (Stream<Path> files = Files.walk(Repository.path("deploy/examples"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                client().load(Files.newInputStream(file)).items().forEach(object -> {
                    if (object.getMetadata().getNamespace() != null || !cluster(object)) {
                        object.getMetadata().setNamespace(namespace);
                    }
                    assertThat(client().resource(object)
                                    .dryRun()
                                    .create()
                                    .getMetadata()
                                    .getName())
                            .isEqualTo(object.getMetadata().getName());
                });
            }
        }
    }

    private static boolean cluster(HasMetadata object) {
        return List.of("StorageClass", "PersistentVolume").contains(object.getKind());
    }

    @Test
    void badManifestsAreRefusedWithTheFieldAndTheMend() {
        refuses("spec: {dataset: {name: d}, policy: Cron}", "DataLoad", "policy Cron needs a schedule");
        refuses("spec: {mounts: [{mountPoint: s3}]}", "Dataset", "spec.mounts[0].mountPoint");
        refuses("spec: {mounts: [{mountPoint: bucket}]}", "Dataset", "must be an address such as s3://bucket/prefix");
        refuses("spec: {mounts: [{mountPoint: \"s3://b/c\", path: data}]}", "Dataset", "path must be absolute");
        refuses(
                "spec: {tieredstore: {levels: [{mediumtype: SSD, path: \"/a,/b\", quotaList: \"1Gi\"}]}}",
                "AlluxioRuntime",
                "one size for each path");
        refuses(
                "spec: {tieredstore: {levels: [{mediumtype: SSD, path: /a, quota: 1Gi, high: \"0.5\", low: \"0.7\"}]}}",
                "AlluxioRuntime",
                "low must not be above high");
        refuses("spec: {tieredstore: {levels: [{mediumtype: TAPE, path: /a}]}}", "JuiceFSRuntime", "mediumtype");
        refuses("spec: {dataset: {name: d, mountPath: /x}, processor: {}}", "DataProcess", "one of job and script");
    }

    private static void refuses(String spec, String kind, String part) {
        String yaml = "apiVersion: data.fluid.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: bad}\n" + spec + "\n";
        GenericKubernetesResource object =
                client().getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
        object.getMetadata().setNamespace("default");
        assertThatThrownBy(() -> client().resource(object).dryRun().create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(part);
    }
}

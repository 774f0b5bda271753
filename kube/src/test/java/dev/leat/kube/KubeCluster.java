package dev.leat.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * A real etcd, API server and controller manager on this machine, started once for all tests of a run and stopped after them.
 * There is no node: pods are objects that nobody runs, so that tests play the kubelet. Tests that need it are skipped, and say so,
 * where neither {@code KUBE_PREBUILT} names binaries nor some were built before (testing/kube/kube-build).
 */
public final class KubeCluster {
    private static final int START_SECONDS_MAX = 300;
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static @Nullable KubeCluster running;

    private final Path kubeconfig;

    private KubeCluster(Path kubeconfig) {
        this.kubeconfig = kubeconfig;
    }

    /** The cluster, with Leat's definitions installed. */
    public static synchronized KubeCluster get() {
        if (running == null) {
            running = start();
        }
        return running;
    }

    private static KubeCluster start() {
        Path scripts = Repository.path("testing/kube");
        String cache =
                System.getenv().getOrDefault("KUBE_CACHE", System.getProperty("user.home") + "/.cache/kube-local");
        String prebuilt = System.getenv("KUBE_PREBUILT");
        boolean built = Files.exists(Path.of(cache, "bin", ".stamp"));
        if (!built && (prebuilt == null || !Files.isRegularFile(Path.of(prebuilt)))) {
            throw new TestAbortedException(
                    "no Kubernetes: set KUBE_PREBUILT to binaries built before, or run testing/kube/kube-build");
        }
        try {
            // Unix sockets lie below it, so its path has to be short.
            Path state = Files.createTempDirectory(Path.of("/tmp"), "leat-kube-");
            Map<String, String> environment = Map.of("KUBE_STATE", state.toString(), "KUBE_CACHE", cache);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                run(List.of(scripts.resolve("kube-down").toString()), environment);
                remove(state);
            }));
            String said = run(List.of(scripts.resolve("kube-up").toString()), environment);
            KubeCluster cluster = new KubeCluster(Path.of(said.strip()));
            cluster.install();
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + " failed");
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            System.err.println("cannot remove " + folder + ": " + e);
        }
    }

    private void install() throws IOException {
        try (KubernetesClient client = client();
                Stream<Path> files = Files.list(Repository.path("deploy/helm/leat/crds"))) {
            for (Path file : files.sorted().toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    client.load(in)
                            .items()
                            .forEach(crd -> client.resource(crd)
                                    .fieldManager("leat-install")
                                    .forceConflicts()
                                    .serverSideApply());
                }
            }
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .list()
                    .getItems()
                    .forEach(crd -> client.resource(crd)
                            .waitUntilCondition(
                                    seen -> seen != null
                                            && seen.getStatus() != null
                                            && seen.getStatus().getConditions() != null
                                            && seen.getStatus().getConditions().stream()
                                                    .anyMatch(c -> "Established".equals(c.getType())
                                                            && "True".equals(c.getStatus())),
                                    60,
                                    TimeUnit.SECONDS));
        }
    }

    /** Where the programs of the cluster lie. */
    public static Path binaries() {
        return Path.of(cache(), "bin");
    }

    private static String cache() {
        return System.getenv().getOrDefault("KUBE_CACHE", System.getProperty("user.home") + "/.cache/kube-local");
    }

    /** A client of an administrator. */
    public KubernetesClient client() {
        return client(null);
    }

    /** A client that may do what somebody else may. */
    public KubernetesClient client(@Nullable String user) {
        try {
            Config config = Config.fromKubeconfig(Files.readString(kubeconfig));
            config.setImpersonateUsername(user);
            return new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A namespace of a test's own. */
    public static String namespace(KubernetesClient client) {
        String name = "test-" + NAMESPACES.incrementAndGet();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        // Pods of a namespace are refused until a controller made its account.
        client.serviceAccounts()
                .inNamespace(name)
                .withName("default")
                .waitUntilCondition(account -> account != null, 60, TimeUnit.SECONDS);
        return name;
    }
}

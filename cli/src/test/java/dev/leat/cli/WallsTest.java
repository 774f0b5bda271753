package dev.leat.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the walls between modules: who may use whom, and which module may use which library. */
class WallsTest {
    private static final String ROOT = "dev.leat.";

    /** Circles that may be: all packages of one lie under one of these, and none under the engines. */
    private static final List<String> CIRCLES_ALLOWED = List.of(ROOT + "store", ROOT + "meta", ROOT + "cli");

    private static final String NEVER_IN_A_CIRCLE = ROOT + "meta.engine";

    private static final JavaClasses CLASSES = mainClasses();

    private static JavaClasses mainClasses() {
        // Names of packages are all that is asked for: nothing outside need be loaded.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        ImportOption main = location -> !location.contains("/test-classes/")
                && !location.contains("-tests.jar")
                && !location.contains("/dev/leat/testing/");
        return new ClassFileImporter().withImportOption(main).importPackages("dev.leat");
    }

    @Test
    void allModulesAreSeen() {
        for (String module :
                List.of("sys", "fuse", "store", "meta", "cache", "vfs", "dataset", "worker", "hdfs", "kube", "cli")) {
            assertThat(CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith(ROOT + module)))
                    .as("classes of " + module)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sys, ''",
        "fuse, sys",
        "store, ''",
        "meta, store sys",
        "cache, store sys",
        "vfs, meta cache store sys",
        "dataset, vfs cache store sys",
        "hdfs, dataset store",
        "kube, ''",
        "worker, cache store sys",
    })
    void moduleUsesOnly(String module, String allowed) {
        List<String> packages = new ArrayList<>(List.of("dev.leat." + module + ".."));
        Stream.of(allowed.split(" ")).filter(name -> !name.isEmpty()).forEach(name -> packages.add(ROOT + name + ".."));
        noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.leat..").and(resideOutsideOfPackages(packages.toArray(String[]::new))))
                .because("module " + module + " may use " + (allowed.isEmpty() ? "no other" : allowed))
                .check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({
        "software.amazon.., dev.leat.store.s3..",
        "io.airlift.., dev.leat.store.blob..",
        "redis.clients.., dev.leat.meta.engine.redis..",
        "org.postgresql.., dev.leat.meta.engine.postgres..",
        "com.zaxxer.hikari.., dev.leat.meta.engine.postgres..",
        "org.sqlite.., dev.leat.meta.engine.sqlite..",
        "picocli.., dev.leat.cli..",
        "org.yaml.snakeyaml.., dev.leat.cli..",
        "com.fasterxml.jackson.., dev.leat.cli.. dev.leat.dataset.http.. dev.leat.dataset.registry.. dev.leat.dataset.web.. dev.leat.dataset.shard.. dev.leat.kube..",
        "org.apache.hadoop.., dev.leat.hdfs..",
        "io.fabric8.., dev.leat.kube..",
        "io.javaoperatorsdk.., dev.leat.kube.operator..",
        "io.grpc.., dev.leat.kube.csi..",
        "com.google.protobuf.., dev.leat.kube.csi..",
        "org.jsoup.., dev.leat.dataset.http..",
        "ch.qos.logback.., dev.leat.cli..",
        "io.micrometer.., dev.leat.cli.metrics..",
        "io.prometheus.., dev.leat.cli.metrics..",
        "io.grpc.., dev.leat.kube.csi..",
        "io.netty.., dev.leat.kube.csi..",
        "com.google.protobuf.., dev.leat.kube.csi..",
        "java.lang.foreign.., dev.leat.sys.. dev.leat.fuse.. dev.leat.cache.. dev.leat.vfs.. dev.leat.dataset.. dev.leat.worker.. dev.leat.cli.mount.. dev.leat.cli.bench.. dev.leat.cli.training..",
    })
    void libraryStaysInside(String library, String homes) {
        noClasses()
                .that(resideOutsideOfPackages(homes.split(" ")))
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .because("only " + homes + " may use " + library)
                .check(CLASSES);
    }

    @Test
    void nobodyReflects() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.lang.reflect.."))
                .because("what reflection finds, no reader and no compiler finds")
                .check(CLASSES);
    }

    @Test
    void onlySysLinksNativeFunctions() {
        noClasses()
                .that(resideOutsideOfPackages("dev.leat.sys.."))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .because("native calls live in one module (docs/adr/0001)")
                .check(CLASSES);
    }

    /**
     * Packages that use each other in a circle: only inside three modules. A store is composed beside its interface; the file
     * system names types that its own parts (content, locks, sessions, feed) speak in; commands and mounts share options.
     */
    @Test
    void circlesOfPackagesStayInsideTheirModule() {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass from : CLASSES) {
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
                if (to.startsWith(ROOT) && !to.equals(from.getPackageName())) {
                    uses.computeIfAbsent(from.getPackageName(), _ -> new TreeSet<>())
                            .add(to);
                }
            }
        }
        Set<Set<String>> circles = new HashSet<>();
        for (String start : uses.keySet()) {
            Set<String> circle = new TreeSet<>();
            for (String other : reachable(uses, start)) {
                if (reachable(uses, other).contains(start)) {
                    circle.add(other);
                }
            }
            if (circle.size() > 1) {
                circles.add(circle);
            }
        }
        assertThat(circles)
                .as("circles of packages")
                .allSatisfy(circle -> assertThat(CIRCLES_ALLOWED)
                        .anySatisfy(home -> assertThat(circle)
                                .allMatch(name -> name.startsWith(home) && !name.startsWith(NEVER_IN_A_CIRCLE))));
    }

    private static Set<String> reachable(Map<String, Set<String>> uses, String start) {
        Set<String> reached = new TreeSet<>();
        Deque<String> waiting = new ArrayDeque<>(List.of(start));
        while (!waiting.isEmpty()) {
            for (String next : uses.getOrDefault(waiting.pop(), Set.of())) {
                if (reached.add(next)) {
                    waiting.push(next);
                }
            }
        }
        return reached;
    }
}

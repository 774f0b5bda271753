package dev.leat.kube.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.Manifests;
import dev.leat.kube.Repository;
import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.api.Kinds;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds the table of fields to the definitions, and docs/fluid-compatibility.md to the table. */
class SupportTest {
    private static JSONSchemaProps schema(Class<? extends HasMetadata> kind) throws IOException {
        String plural = HasMetadata.getPlural(kind);
        String file = "deploy/helm/leat/crds/" + plural + "." + HasMetadata.getGroup(kind) + ".yaml";
        return Manifests.parse(Files.readString(Repository.path(file)), CustomResourceDefinition.class)
                .getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema();
    }

    private static void paths(String path, JSONSchemaProps schema, int depth, Set<String> found) {
        found.add(path);
        JSONSchemaProps inner =
                schema.getItems() == null ? schema : schema.getItems().getSchema();
        if (inner.getProperties() != null && depth > 0) {
            inner.getProperties().forEach((name, property) -> paths(path + "." + name, property, depth - 1, found));
        }
    }

    @Test
    void everyFieldHasALine() throws IOException {
        List<String> silent = new ArrayList<>();
        for (Class<? extends HasMetadata> kind : Kinds.all()) {
            JSONSchemaProps spec = schema(kind).getProperties().get("spec");
            if (spec == null) {
                continue;
            }
            Set<String> paths = new TreeSet<>();
            paths("spec", spec, 3, paths);
            paths.remove("spec");
            for (String path : paths) {
                if (Support.of(HasMetadata.getKind(kind), path) == null) {
                    silent.add(HasMetadata.getKind(kind) + " " + path);
                }
            }
        }
        assertThat(silent).as("fields that nobody says anything about").isEmpty();
    }

    @Test
    void everyLineHasAField() throws IOException {
        List<String> stray = new ArrayList<>();
        for (Class<? extends HasMetadata> kind : Kinds.all()) {
            JSONSchemaProps spec = schema(kind).getProperties().get("spec");
            Set<String> paths = new TreeSet<>();
            if (spec != null) {
                paths("spec", spec, 6, paths);
            }
            for (Support.Entry entry : Support.table().getOrDefault(HasMetadata.getKind(kind), List.of())) {
                if (!paths.contains(entry.path())) {
                    stray.add(HasMetadata.getKind(kind) + " " + entry.path());
                }
            }
        }
        assertThat(stray).as("lines about no field").isEmpty();
    }

    @Test
    void fieldsWithoutEffectAreNamedAndDefaultsAreNot() {
        AlluxioRuntime runtime = Manifests.parse("""
                apiVersion: data.fluid.io/v1alpha1
                kind: AlluxioRuntime
                metadata: {name: x}
                spec:
                  hadoopConfig: conf
                  jvmOptions: []
                  master: {replicas: 3}
                  fuse: {args: [fuse], cleanPolicy: OnDemand}
                  worker: {enabled: false, jvmOptions: [-Xmx1g]}
                """, AlluxioRuntime.class);
        assertThat(Support.withoutEffect("AlluxioRuntime", Json.tree(runtime)))
                .containsExactly("spec.fuse.args", "spec.hadoopConfig", "spec.master", "spec.worker.jvmOptions");
    }

    @Test
    void theDocumentationSaysTheSame() {
        StringBuilder page = new StringBuilder("""
                # Fluid's API, field by field

                Leat serves `data.fluid.io/v1alpha1` as Fluid does, so that manifests apply unchanged. This page is made from the table that the operator itself
                goes by (`-Dleat.docs=write` renews it): what is *served* does what Fluid documents, what is *translated* reaches the same end in another way, and
                what is *without effect* is answered by an event on the object that names the field. Lines speak for all below their field that no other line speaks for.
                How to install and use it is told in [kubernetes](kubernetes.md).
                """);
        for (Map.Entry<String, List<Support.Entry>> kind : Support.table().entrySet()) {
            page.append("\n## ").append(kind.getKey()).append("\n\n| field | | |\n|---|---|---|\n");
            for (Support.Entry entry : kind.getValue()) {
                String level = entry.level() == Support.Level.WARNED
                        ? "without effect"
                        : entry.level().name().toLowerCase(Locale.ROOT);
                page.append("| `")
                        .append(entry.path())
                        .append("` | ")
                        .append(level)
                        .append(" | ")
                        .append(entry.note())
                        .append(" |\n");
            }
        }
        Repository.assertHolds(Repository.path("docs/fluid-compatibility.md"), page.toString());
    }
}

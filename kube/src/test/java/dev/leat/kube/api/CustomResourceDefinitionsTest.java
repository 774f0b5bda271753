package dev.leat.kube.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.kube.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the definitions that the chart installs to the classes; {@code -Dleat.docs=write} renews them. */
class CustomResourceDefinitionsTest {
    private static final Path FOLDER = Repository.path("deploy/helm/leat/crds");

    @Test
    void areThoseOfTheClasses() throws IOException {
        Map<String, String> definitions = CrdYaml.generate();
        definitions.forEach((name, text) -> Repository.assertHolds(FOLDER.resolve(name), text));
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(definitions.keySet());
        }
    }
}

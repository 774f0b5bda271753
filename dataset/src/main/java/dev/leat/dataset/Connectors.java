package dev.leat.dataset;

import dev.leat.dataset.source.Connector;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Loads connectors from their folders: {@code connectors/NAME} beside the program's own jars, with classes that nothing else
 * sees. One that is on the class path already, as in tests, is taken from there.
 */
final class Connectors {
    /** Where the program's jars lie; the launcher says so. */
    private static final String FOLDER = "leat.lib";

    private Connectors() {}

    static Source hdfs(@Nullable URI server, String path, StoreOptions options) throws StoreException {
        return load("hdfs").open(server, path, options);
    }

    private static Connector load(String name) throws StoreException {
        Optional<Connector> present = ServiceLoader.load(Connector.class, Connectors.class.getClassLoader())
                .findFirst();
        if (present.isPresent()) {
            return present.get();
        }
        Path folder = Path.of(System.getProperty(FOLDER, "."), "connectors", name);
        List<URL> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
                for (Path jar : files) {
                    jars.add(jar.toUri().toURL());
                }
            } catch (IOException e) {
                throw new StoreException(Kind.INVALID, "cannot read the connector in " + folder, e);
            }
        }
        // Open for as long as the process lives: a mount's source is never closed before.
        URLClassLoader loader =
                new URLClassLoader("connector-" + name, jars.toArray(URL[]::new), Connectors.class.getClassLoader());
        return ServiceLoader.load(Connector.class, loader)
                .findFirst()
                .orElseThrow(() -> new StoreException(
                        Kind.INVALID,
                        name + ":// needs the connector in " + folder + ", which is not there: install Leat whole"));
    }
}

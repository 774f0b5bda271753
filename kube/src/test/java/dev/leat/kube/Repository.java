package dev.leat.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the checkout that tests compare with what the code makes; {@code -Dleat.docs=write} renews them. */
public final class Repository {
    private static final Path ROOT = root();

    private Repository() {}

    private static Path root() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.isRegularFile(path.resolve("docs/read-path.md"))) {
                return path;
            }
        }
        throw new IllegalStateException(
                "docs/read-path.md is not above " + Path.of("").toAbsolutePath());
    }

    /** A path below the root of the checkout. */
    public static Path path(String name) {
        return ROOT.resolve(name);
    }

    /** Compares a file with what it should hold, or writes it. */
    public static void assertHolds(Path file, String expected) {
        try {
            if ("write".equals(System.getProperty("leat.docs"))) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, expected);
            }
            assertThat(Files.exists(file) ? Files.readString(file) : "")
                    .as("%s; renew it with -Dsurefire.args=-Dleat.docs=write", ROOT.relativize(file))
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

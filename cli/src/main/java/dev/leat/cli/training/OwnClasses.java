package dev.leat.cli.training;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;

/** The classes of this program. */
public final class OwnClasses {
    private OwnClasses() {}

    /** Loads all of them, without running anything. */
    public static void load() throws IOException {
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            Path name = jar.getFileName();
            if (name != null && name.toString().startsWith("leat-") && Files.isRegularFile(jar)) {
                load(jar);
            }
        }
    }

    private static void load(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            file.stream()
                    .map(entry -> entry.getName())
                    .filter(path -> path.endsWith(".class") && !path.endsWith("-info.class"))
                    .map(path ->
                            path.substring(0, path.length() - ".class".length()).replace('/', '.'))
                    .forEach(OwnClasses::load);
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, OwnClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // One class less in the cache costs a moment later on, and nothing else.
            return;
        }
    }
}

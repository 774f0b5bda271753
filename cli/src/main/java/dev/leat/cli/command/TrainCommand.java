package dev.leat.cli.command;

import dev.leat.cli.Main;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.files.Trees;
import dev.leat.cli.option.LogOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Does once what most commands do, while the JVM records it for its ahead-of-time cache; called by the launcher. Nothing
 * is mounted: what the kernel's part needs is only loaded.
 */
@Command(name = "train", hidden = true, description = "Loads classes for the ahead-of-time cache.")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        for (CommandLine command : Commands.create(new Main()).getSubcommands().values()) {
            if (command.getUsageMessage().isEmpty()) {
                return 1;
            }
        }
        Path scratch = Files.createTempDirectory("leat-train-");
        try {
            new LogOptions().toFile(scratch.resolve("log"));
            String volume = "sqlite://" + scratch.resolve("v.db");
            Main.run("format", volume, "--store", "file://" + scratch.resolve("store"));
            Main.run(
                    "mdtest",
                    volume,
                    "--threads",
                    "2",
                    "--dirs",
                    "1",
                    "--depth",
                    "1",
                    "--files",
                    "20",
                    "--write",
                    "8KiB");
            Main.run("status", "--json", volume);
            // Parses all options of a mount, and fails where the kernel would come in.
            Main.run("mount", volume, scratch.resolve("missing").toString(), "--cache-dir", scratch + "/cache", "-f");
            Main.run("umount", scratch.toString());
            new ControlServer(scratch.resolve("socket"), (_, _, _) -> Map.of(), "umount").close();
            loadOwnClasses();
        } finally {
            Trees.remove(scratch);
        }
        return 0;
    }

    /** Loads all classes of this program, without running anything of them. */
    private static void loadOwnClasses() throws IOException {
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
                    .forEach(TrainCommand::load);
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, TrainCommand.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // One class less in the cache costs a moment later on, and nothing else.
            return;
        }
    }
}

package dev.leat.cli.quickstart;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs further commands of this installation, each in a process of its own as a user would. */
final class Launcher {
    private final Path program;

    private Launcher(Path program) {
        this.program = program;
    }

    /** The launcher that this process was started by. */
    static Launcher find() {
        String home = System.getProperty("leat.home", "");
        Path program = Path.of(home, "leat");
        if (home.isEmpty() || !Files.isExecutable(program)) {
            throw CliException.failed("the launcher is not known (property leat.home); start this command as 'leat'");
        }
        return new Launcher(program);
    }

    /** The path to type. */
    Path program() {
        return program;
    }

    /** Runs a command to its end; when it fails, its last line is the failure. */
    void run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LEAT_JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            String why = output.isEmpty() ? "it exited with " + process.exitValue() : lastLine(output);
            throw CliException.failed("'leat " + arguments[0] + "' failed: " + why.replaceFirst("^leat: ", ""));
        }
    }

    private static String lastLine(String output) {
        return output.substring(output.lastIndexOf('\n') + 1);
    }
}

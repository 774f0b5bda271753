package dev.leat.cli.command;

import dev.leat.cli.control.MountedPath;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat flush}. */
@Command(
        name = "flush",
        mixinStandardHelpOptions = true,
        description =
                "Returns when all that was written to the mount of a path is in the store and visible to other clients.",
        footer = {"", "Example: leat flush /mnt/v"})
final class FlushCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATH", description = "A path inside a mount.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Facts.print(System.out, MountedPath.of(path).facts("flush", Map.of(), _ -> {}), json);
        return 0;
    }
}

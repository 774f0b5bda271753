package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.Main;
import dev.leat.cli.manual.ManualPages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code leat man}: called when a release is packed. */
@Command(name = "man", mixinStandardHelpOptions = true, hidden = true, description = "Writes the manual pages.")
final class ManCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The folder to write them into.")
    private Path folder = Path.of("");

    @Override
    public Integer call() {
        try {
            new ManualPages(Commands.create(new Main())).writeTo(folder);
        } catch (IOException e) {
            throw CliException.failed("cannot write manual pages into " + folder + ": " + e.getMessage());
        }
        return 0;
    }
}

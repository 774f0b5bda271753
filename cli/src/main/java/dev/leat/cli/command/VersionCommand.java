package dev.leat.cli.command;

import dev.leat.cli.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code leat version}. */
@Command(
        name = "version",
        description = "Prints the version.",
        footer = {"", "Example: leat version"})
final class VersionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.println("leat " + Version.text());
        return 0;
    }
}

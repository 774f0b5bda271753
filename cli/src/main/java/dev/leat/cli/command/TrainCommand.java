package dev.leat.cli.command;

import dev.leat.cli.Main;
import dev.leat.cli.training.OwnClasses;
import dev.leat.cli.training.Training;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does once what commands do, while the JVM records it for an ahead-of-time cache; called by the launcher. There are two: all
 * that a cache holds is looked at when a JVM starts, and short commands would pay for what only mounts need.
 */
@Command(name = "train", hidden = true, description = "Loads classes for the ahead-of-time cache.")
final class TrainCommand implements Callable<Integer> {
    @Option(names = "--short", description = "Only what the short commands do.")
    private boolean brief;

    @Override
    public Integer call() throws IOException {
        for (CommandLine command : Commands.create(new Main()).getSubcommands().values()) {
            if (command.getUsageMessage().isEmpty()) {
                return 1;
            }
        }
        int code = Training.run(brief);
        if (!brief) {
            OwnClasses.load();
        }
        return code;
    }
}

package dev.leat.cli.command;

import dev.leat.cli.Main;
import dev.leat.cli.training.OwnClasses;
import dev.leat.cli.training.Training;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Does once what most commands do, while the JVM records it for its ahead-of-time cache; called by the launcher. */
@Command(name = "train", hidden = true, description = "Loads classes for the ahead-of-time cache.")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        for (CommandLine command : Commands.create(new Main()).getSubcommands().values()) {
            if (command.getUsageMessage().isEmpty()) {
                return 1;
            }
        }
        int code = Training.run();
        OwnClasses.load();
        return code;
    }
}

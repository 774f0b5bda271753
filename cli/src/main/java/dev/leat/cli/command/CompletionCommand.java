package dev.leat.cli.command;

import dev.leat.cli.Main;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code leat completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Prints a script with which bash or zsh completes Leat's commands and options.",
        footer = {"", "Example: source <(leat completion)", "Example: leat completion > /etc/bash_completion.d/leat"})
final class CompletionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.print(AutoComplete.bash("leat", Commands.create(new Main())));
        return 0;
    }
}

package dev.leat.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cli.Main;
import dev.leat.cli.Version;
import org.junit.jupiter.api.Test;

/** What all commands have in common. */
final class CommandsTest {
    @Test
    void everyCommandTellsItsVersion() {
        Commands.create(new Main()).getSubcommands().forEach((name, command) -> {
            if (command.getCommandSpec().optionsMap().containsKey("--version")) {
                CommandLineRun run = CommandLineRun.leat(name, "--version");
                assertThat(run.out()).as(name).isEqualTo("leat " + Version.text() + System.lineSeparator());
                assertThat(run.code()).isZero();
            }
        });
    }
}

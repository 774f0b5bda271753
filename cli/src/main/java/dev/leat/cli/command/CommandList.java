package dev.leat.cli.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Adds commands to a command line, all of them or only the one that was called: reading the options of one command takes
 * milliseconds, those of all of them half a second.
 */
final class CommandList {
    private final CommandLine line;
    private final @Nullable String only;

    CommandList(CommandLine line, @Nullable String only) {
        this.line = line;
        this.only = only;
    }

    /** Adds a command if it is wanted. */
    CommandList addSubcommand(Object command) {
        Command annotation = command.getClass().getAnnotation(Command.class);
        if (annotation == null) {
            throw new IllegalArgumentException(command.getClass() + " is no command");
        }
        if (only == null || only.equals(annotation.name())) {
            line.addSubcommand(command);
        }
        return this;
    }

    /** The command line. */
    CommandLine line() {
        return line;
    }
}

package dev.leat.cli.command;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

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
    CommandList add(String name, Supplier<Object> command) {
        if (only == null || only.equals(name)) {
            line.addSubcommand(name, command.get());
        }
        return this;
    }

    /** The command line. */
    CommandLine line() {
        return line;
    }
}

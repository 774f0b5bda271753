package dev.leat.cli;

/** A command failed in a way that its user can understand: the message is the one line to print. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** The command could not do it: exit code 1. */
    public static CliException failed(String message) {
        return new CliException(1, message);
    }

    /** The command was called wrongly: exit code 2. */
    public static CliException misused(String message) {
        return new CliException(2, message);
    }

    /** The exit code of the program. */
    public int exitCode() {
        return exitCode;
    }
}

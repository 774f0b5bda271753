package dev.leat.cli;

import dev.leat.cli.command.Commands;
import dev.leat.cli.option.LogProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program's entry: finds the command, runs it, and turns what went wrong into one line and an exit code. */
@Command(
        name = "leat",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "The data layer for AI training: POSIX volumes over object storage, one tiered cache.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "Try it:  leat quickstart", "Each command explains itself:  leat COMMAND --help"})
public final class Main implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    /** Runs the program. */
    public static void main(String[] args) {
        spareSearches();
        int code = run(args);
        System.out.flush();
        System.err.flush();
        // The JVM writes its ahead-of-time cache on an orderly exit.
        boolean training = args.length > 0 && args[0].equals("train");
        if (training || isEnding()) {
            System.exit(code);
        }
        // An exit would search all jars for somebody to log it to. Nothing waits for an exit here:
        // commands close what they open, and the hook of a mount is for signals.
        Runtime.getRuntime().halt(code);
    }

    /** Whether a signal ends the program already, which then decides on the exit code. */
    private static boolean isEnding() {
        Thread probe = new Thread(() -> {}, "probe");
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            return !Runtime.getRuntime().removeShutdownHook(probe);
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /**
     * Names what would be looked for in every jar of the class path: opening those costs more than most commands do.
     */
    private static void spareSearches() {
        nameUnlessNamed("slf4j.provider", LogProvider.class.getName());
        nameUnlessNamed("slf4j.internal.verbosity", "WARN");
        nameUnlessNamed("java.nio.channels.spi.SelectorProvider", "sun.nio.ch.EPollSelectorProvider");
    }

    private static void nameUnlessNamed(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Runs a command line and returns the exit code: 0 fine, 1 failed, 2 misused. */
    public static int run(String... args) {
        if (args.length == 1 && (args[0].equals("version") || args[0].equals("--version"))) {
            // Answered before anything else is loaded.
            System.out.println("leat " + Version.text());
            return 0;
        }
        CommandLine line = Commands.create(new Main(), args);
        line.setParameterExceptionHandler(Main::misused);
        line.setExecutionExceptionHandler(Main::failed);
        return line.execute(args);
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "no command given; 'leat --help' lists them, 'leat quickstart' shows them at work");
        }
    }

    private static int misused(CommandLine.ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("leat: " + oneLine(e.getMessage()));
        String name = command.getCommandSpec().qualifiedName();
        err.println("usage: " + usage(command) + "; see '" + name + " --help'");
        return 2;
    }

    private static String usage(CommandLine command) {
        CommandLine.Help help = command.getHelp();
        return help.synopsis(0).strip().replaceAll("\\s+", " ");
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("leat: " + oneLine(message(e)));
        Logger log = LoggerFactory.getLogger(Main.class);
        log.debug("command failed: {}", Arrays.toString(e.getStackTrace()), e);
        return e instanceof CliException cli ? cli.exitCode() : 1;
    }

    private static String message(Throwable e) {
        if (e instanceof CliException || e instanceof IOException || e instanceof IllegalArgumentException) {
            String message = e.getMessage();
            return message == null ? e.getClass().getSimpleName() : message;
        }
        return "internal error: " + e + "; please report it with the log (--log-level debug)";
    }

    private static String oneLine(@org.jspecify.annotations.Nullable String text) {
        String line = text == null ? "" : text.replaceAll("\\s*\\R\\s*", "; ");
        // A message may quote what a server said; what the terminal would act on has no place in it.
        return new String(line.replaceAll("\\p{Cntrl}", "?").getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}

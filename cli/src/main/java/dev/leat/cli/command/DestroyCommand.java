package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.volume.VolumeDestruction;
import java.io.Console;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat destroy}. */
@Command(
        name = "destroy",
        mixinStandardHelpOptions = true,
        description = "Removes a volume: its metadata and all its objects, backups of the metadata included.",
        footer = {"", "Example: leat destroy sqlite:///var/lib/leat/v.db --yes"})
final class DestroyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Option(
            names = {"-y", "--yes"},
            description = "Does not ask.")
    private boolean yes;

    @Option(
            names = "--force",
            description =
                    "Also while clients are there, after an interrupted load, or when the store belongs to another "
                            + "incarnation of the volume (its objects are then left alone).")
    private boolean force;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        VolumeDestruction destruction = new VolumeDestruction(source, store, force);
        String subject = destruction.subject();
        if (!yes) {
            confirm(subject);
        }
        VolumeDestruction.Done done = destruction.run(DestroyCommand::progress, System.err::println);
        System.out.println(subject + " is removed, with " + done.objects() + " objects of " + done.bytes() + " bytes");
        return 0;
    }

    private static void progress(long count) {
        if (count > 0) {
            System.err.println("leat: " + count + " objects deleted");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // The null checker knows the method as it was before Java 22.
    private static void confirm(String subject) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw CliException.misused("this removes " + subject + " for good; say so with --yes");
        }
        String answer = console.readLine("Remove %s for good? Type yes: ", subject);
        if (!"yes".equals(answer)) {
            throw CliException.failed("nothing was removed");
        }
    }
}

package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.volume.VolumeGarbage;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat gc}. */
@Command(
        name = "gc",
        mixinStandardHelpOptions = true,
        description = {
            "Finds what no file refers to any more, and deletes it when told to.",
            "Mounts do the same in the background; what other clients may still read is left to the next run."
        },
        footer = {
            "",
            "Example: leat gc sqlite:///var/lib/leat/v.db",
            "Example: leat gc redis://localhost/1 --delete --json"
        })
final class GcCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Option(names = "--delete", description = "Deletes what is found. Default: only count it.")
    private boolean delete;

    @Option(names = "--dry-run", description = "Only counts, which is the default.")
    private @Nullable Boolean dryRun;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (delete && Boolean.TRUE.equals(dryRun)) {
            throw CliException.misused("--delete and --dry-run exclude each other");
        }
        VolumeGarbage.Result result = VolumeGarbage.collect(source, store, delete, GcCommand::waiting);
        Facts.print(System.out, result.facts(), json);
        if (result.failures() > 0) {
            throw CliException.failed(
                    result.failures() + " objects could not be deleted; each is logged above, run it again");
        }
        return 0;
    }

    private static void waiting(int sessions, Duration longest) {
        System.err.println("leat: waiting up to " + longest.toSeconds() + " s for " + sessions
                + (sessions == 1 ? " session that may be over" : " sessions that may be over"));
    }
}

package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Json;
import dev.leat.cli.quickstart.Quickstart;
import dev.leat.cli.quickstart.QuickstartReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat quickstart}. */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        description = "Shows Leat at work on this machine, without any server: makes a volume, writes a data set that "
                + "looks like training data, reads it cold and warm beside the local disk, and leaves it mounted.",
        footer = {"", "Example: leat quickstart", "Example: leat quickstart /data/try-leat --images 10000"})
final class QuickstartCommand implements Callable<Integer> {
    private static final int FILES_MAX = 1_000_000;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            description = "Where everything is put: metadata, store, cache, mount point. Default: ~/leat-quickstart.")
    private @Nullable Path directory;

    @Option(
            names = "--images",
            paramLabel = "COUNT",
            defaultValue = "2000",
            description = "Images of 50 to 150 KiB. Default: ${DEFAULT-VALUE}.")
    private int images = 2000;

    @Option(
            names = "--shards",
            paramLabel = "COUNT",
            defaultValue = "3",
            description = "Shards of 64 MiB. Default: ${DEFAULT-VALUE}.")
    private int shards = 3;

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "4",
            description = "Readers, as the loaders of a training job. Default: ${DEFAULT-VALUE}.")
    private int threads = 4;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        if (images < 1 || shards < 1 || images > FILES_MAX || shards > FILES_MAX) {
            throw CliException.misused("--images and --shards must be 1 to " + FILES_MAX);
        }
        if (threads < 1 || threads > 256) {
            throw CliException.misused("--threads must be 1 to 256");
        }
        Path chosen = directory;
        Path top = chosen != null ? chosen : Path.of(System.getProperty("user.home", "/tmp"), "leat-quickstart");
        QuickstartReport report = new Quickstart(top, images, shards, threads).run();
        System.out.println(json ? Json.pretty(report.facts()) : report.text());
        return 0;
    }
}

package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Terminal;
import dev.leat.cli.watch.Interval;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat stats}. */
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = "Prints the counters of a mount: kernel requests, open files, cache, memory, store.",
        footer = {"", "Example: leat stats /mnt/volume", "Example: leat stats /mnt/volume --interval 2s"})
final class StatsCommand implements Callable<Integer> {
    private static final int ROWS_PER_HEADER = 20;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint = Path.of("");

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            description = "Prints a row of what happened, for each second, at this distance until Ctrl-C. "
                    + "Default: the totals of every counter, once.")
    private @Nullable String interval;

    @Option(names = "--count", paramLabel = "N", description = "Ends after so many rows. Default: never.")
    private int count;

    @Option(names = "--json", description = "Prints JSON; with --interval a line for each row, in bytes and ms.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.toStandardError();
        StateFolder state = MountCounters.at(mountPoint);
        Map<String, Object> before = MountCounters.now(state);
        if (interval == null) {
            Facts.print(System.out, before, json);
            return 0;
        }
        live(state, Durations.parse(interval), before);
        return 0;
    }

    /** A row for each interval, until Ctrl-C or as many as were asked for. */
    private void live(StateFolder state, Duration pause, Map<String, Object> first)
            throws IOException, InterruptedException {
        if (!pause.isPositive()) {
            throw CliException.misused("--interval " + interval + " is no time; write a duration such as 1s");
        }
        boolean colors = Terminal.watchesOutput() && System.getenv("NO_COLOR") == null;
        Map<String, Object> before = first;
        long began = System.nanoTime();
        for (int rows = 0; count == 0 || rows < count; rows++) {
            Thread.sleep(pause);
            Map<String, Object> now = MountCounters.now(state);
            long ended = System.nanoTime();
            Interval row = new Interval(before, now, (ended - began) / 1e9);
            if (json) {
                System.out.println(Json.line(StatsTable.values(row)));
            } else {
                if (rows % ROWS_PER_HEADER == 0) {
                    System.out.println(StatsTable.header(colors));
                }
                System.out.println(StatsTable.row(row, colors));
            }
            System.out.flush();
            before = now;
            began = ended;
        }
    }
}

package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
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
        StateFolder state = StateFolder.of(mountPoint.toAbsolutePath().normalize());
        if (state.facts().isEmpty()) {
            throw CliException.failed(
                    "nothing of Leat's is mounted at " + mountPoint + "; 'leat status' lists what is");
        }
        Map<String, Object> before = samples(state);
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
        for (int row = 0; count == 0 || row < count; row++) {
            Thread.sleep(pause);
            Map<String, Object> now = samples(state);
            long ended = System.nanoTime();
            double seconds = (ended - began) / 1e9;
            StatsTable.Sums sums = new StatsTable.Sums(before, now);
            if (json) {
                System.out.println(Json.line(StatsTable.values(sums, seconds)));
            } else {
                if (row % ROWS_PER_HEADER == 0) {
                    System.out.println(StatsTable.header(colors));
                }
                System.out.println(StatsTable.row(sums, seconds, colors));
            }
            System.out.flush();
            before = now;
            began = ended;
        }
    }

    private static Map<String, Object> samples(StateFolder state) throws IOException {
        Map<String, Object> samples = new LinkedHashMap<>();
        ControlClient.call(state, "stats", Map.of(), _ -> {})
                .forEach((name, value) -> samples.put(String.valueOf(name), value));
        return samples;
    }
}

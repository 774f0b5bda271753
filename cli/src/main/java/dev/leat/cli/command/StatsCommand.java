package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
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
    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint = Path.of("");

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            description = "Prints what changed, again and again at this distance, until Ctrl-C. Default: once, totals.")
    private @Nullable String interval;

    @Option(names = "--json", description = "Prints JSON.")
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
        Duration pause = Durations.parse(interval);
        while (true) {
            Thread.sleep(pause);
            Map<String, Object> now = samples(state);
            Map<String, Object> changed = new LinkedHashMap<>();
            for (Map.Entry<String, Object> entry : now.entrySet()) {
                difference(before.get(entry.getKey()), entry.getValue(), changed, entry.getKey());
            }
            Facts.print(System.out, changed, json);
            System.out.println();
            before = now;
        }
    }

    private static void difference(@Nullable Object before, Object now, Map<String, Object> into, String name) {
        if (!name.contains("_total")) {
            into.put(name, now);
        } else if (now instanceof Number newer) {
            double older = before instanceof Number number ? number.doubleValue() : 0;
            if (newer.doubleValue() != older) {
                double more = newer.doubleValue() - older;
                into.put(name, now instanceof Long ? (Object) (long) more : (Object) more);
            }
        }
    }

    private static Map<String, Object> samples(StateFolder state) throws IOException {
        Map<String, Object> samples = new LinkedHashMap<>();
        ControlClient.call(state, "stats", Map.of(), _ -> {})
                .forEach((name, value) -> samples.put(String.valueOf(name), value));
        return samples;
    }
}

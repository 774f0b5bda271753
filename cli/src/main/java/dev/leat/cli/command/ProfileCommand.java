package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Json;
import dev.leat.cli.watch.Interval;
import dev.leat.cli.watch.Profile;
import dev.leat.cli.watch.ProfileText;
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

/** {@code leat profile}. */
@Command(
        name = "profile",
        mixinStandardHelpOptions = true,
        description =
                "Tells what the last minute of a mount went to: requests of the kernel by the time that programs waited for them, "
                        + "calls of the store and the metadata engine below, where reads came from, and what follows.",
        footer = {"", "Example: leat profile /mnt/volume", "Example: leat profile /mnt/volume --interval 10s"})
final class ProfileCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint = Path.of("");

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            description = "Looks at so long from now on, instead of the last minute.")
    private @Nullable String interval;

    @Option(names = "--json", description = "Prints JSON, times in seconds.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.toStandardError();
        StateFolder state = MountCounters.at(mountPoint);
        Interval looked = interval == null ? minute(state) : fromNow(state, Durations.parse(interval));
        Profile profile = new Profile(looked);
        System.out.print(
                json
                        ? Json.pretty(ProfileText.facts(profile, looked.seconds())) + "\n"
                        : ProfileText.text(profile, mountPoint.toString(), looked.seconds()));
        return 0;
    }

    private static Interval minute(StateFolder state) throws IOException {
        Map<?, ?> facts = ControlClient.call(state, "profile", Map.of(), _ -> {});
        if (facts.get("before") instanceof Map<?, ?> before
                && facts.get("after") instanceof Map<?, ?> after
                && facts.get("seconds") instanceof Number seconds) {
            return new Interval(MountCounters.byName(before), MountCounters.byName(after), seconds.doubleValue());
        }
        throw CliException.failed("this daemon keeps no counters of the last minute; use --interval");
    }

    private static Interval fromNow(StateFolder state, Duration length) throws IOException, InterruptedException {
        if (!length.isPositive()) {
            throw CliException.misused("--interval wants a time above 0, such as 10s");
        }
        Map<String, Object> before = MountCounters.now(state);
        long began = System.nanoTime();
        Thread.sleep(length);
        return new Interval(before, MountCounters.now(state), (System.nanoTime() - began) / 1e9);
    }
}

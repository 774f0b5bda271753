package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Terminal;
import dev.leat.cli.watch.Interval;
import dev.leat.cli.watch.TopScreen;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat top}. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description =
                "Shows what a mount does just now, until Ctrl-C: requests of the kernel, where reads come from, the cache's tiers, "
                        + "store and metadata. Without a terminal it prints one picture below the other.",
        footer = {"", "Example: leat top /mnt/volume", "Example: leat top /mnt/volume --interval 5s --count 3"})
final class TopCommand implements Callable<Integer> {
    /** Cursor home, and each line cleared behind its end: nothing flickers. */
    private static final String HOME = "\u001b[H";

    private static final String CLEAR = "\u001b[2J";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint = Path.of("");

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            description = "Time between two pictures. Default: ${DEFAULT-VALUE}.")
    private String interval = "1s";

    @Option(names = "--count", paramLabel = "N", description = "Ends after so many pictures. Default: never.")
    private int count;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.toStandardError();
        Duration pause = Durations.parse(interval);
        if (!pause.isPositive() || count < 0) {
            throw CliException.misused("--interval wants a time above 0, such as 1s, and --count no number below 0");
        }
        StateFolder state = MountCounters.at(mountPoint);
        boolean terminal = Terminal.watchesOutput();
        TopScreen screen = new TopScreen(mountPoint.toString(), terminal && System.getenv("NO_COLOR") == null);
        if (terminal) {
            System.out.print(HIDE_CURSOR + CLEAR);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.print(SHOW_CURSOR)));
        }
        Map<String, Object> before = MountCounters.now(state);
        long began = System.nanoTime();
        for (int shown = 0; count == 0 || shown < count; shown++) {
            Thread.sleep(pause);
            Map<String, Object> now = MountCounters.now(state);
            long ended = System.nanoTime();
            show(screen.draw(new Interval(before, now, (ended - began) / 1e9)), terminal);
            before = now;
            began = ended;
        }
        return 0;
    }

    private static void show(List<String> lines, boolean terminal) {
        StringBuilder picture = new StringBuilder(terminal ? HOME : "");
        lines.forEach(
                line -> picture.append(line).append(terminal ? CLEAR_LINE : "").append('\n'));
        picture.append(terminal ? CLEAR_BELOW : "\n");
        System.out.print(picture);
        System.out.flush();
    }
}

package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat warmup}. */
@Command(
        name = "warmup",
        mixinStandardHelpOptions = true,
        description =
                "Brings files of a mount into its cache ahead of need. What is there already is not fetched again, "
                        + "so after an interruption the same command goes on.",
        footer = {"", "Example: leat warmup /mnt/volume/train", "Example: leat warmup --check /mnt/volume/train"})
final class WarmupCommand implements Callable<Integer> {
    /** What to do instead of fetching. */
    static final class Instead {
        @Option(names = "--check", description = "Only tells how much is cached.")
        private boolean check;

        @Option(names = "--evict", description = "Forgets what is cached; files sharing a pack go with it.")
        private boolean evict;

        @Option(names = "--pin", description = "Fetches, and protects from eviction.")
        private boolean pin;

        @Option(names = "--unpin", description = "Protects no longer.")
        private boolean unpin;

        private String action() {
            return check ? "check" : evict ? "evict" : pin ? "pin" : unpin ? "unpin" : "fetch";
        }
    }

    @Parameters(paramLabel = "PATH", description = "A file or folder inside a mount.")
    private Path path = Path.of("");

    @ArgGroup(exclusive = true)
    private Instead instead = new Instead();

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "16",
            description = "Fetches at a time, 1 to 256. Default: ${DEFAULT-VALUE}.")
    private int threads = 16;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (threads < 1 || threads > 256) {
            throw CliException.misused("--threads must be 1 to 256");
        }
        Path absolute = path.toAbsolutePath().normalize();
        Path mountPoint = mountOf(absolute);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", instead.action());
        request.put("path", mountPoint.relativize(absolute).toString());
        request.put("threads", threads);
        Map<String, Object> result = new LinkedHashMap<>();
        try (Progress progress = Progress.of(instead.action() + ":", 0, 0)) {
            ControlClient.call(StateFolder.of(mountPoint), "warmup", request, facts -> {
                        progress.total(number(facts, "files"), number(facts, "bytes"));
                        progress.at(number(facts, "filesDone"), number(facts, "bytesDone"));
                    })
                    .forEach((name, value) -> result.put(String.valueOf(name), value));
        }
        if (json) {
            Facts.print(System.out, result, true);
        } else {
            System.out.println(text(result));
        }
        return 0;
    }

    private String text(Map<String, Object> result) {
        String size = String.format(
                Locale.ROOT, "%,d files, %s", number(result, "files"), ByteSize.format(number(result, "bytes")));
        return switch (instead.action()) {
            case "evict" -> "evicted " + size;
            case "unpin" -> "unpinned " + size;
            default ->
                size + ": " + ByteSize.format(number(result, "cachedBytes")) + " cached, "
                        + ByteSize.format(number(result, "fetchedBytes")) + " fetched now";
        };
    }

    private static long number(Map<?, ?> facts, String name) {
        return facts.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static Path mountOf(Path absolute) throws IOException {
        for (Path at = absolute; at != null; at = at.getParent()) {
            if (StateFolder.of(at).alive()) {
                return at;
            }
        }
        throw CliException.failed(absolute + " is in no mount of Leat's; 'leat status' lists what is mounted");
    }
}

package dev.leat.cli.command;

import dev.leat.cli.control.MountedPath;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat summary}. */
@Command(
        name = "summary",
        mixinStandardHelpOptions = true,
        description =
                "Adds up files, directories and bytes of a tree from its metadata; a file counts once for each of its names.",
        footer = {"", "Example: leat summary /mnt/v/train --entries 10"})
final class SummaryCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATH", description = "A path inside a mount.")
    private Path path = Path.of("");

    @Option(
            names = "--entries",
            paramLabel = "N",
            defaultValue = "0",
            description = "Also shows the N largest entries of the directory. Default: ${DEFAULT-VALUE}.")
    private long entries;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Map<?, ?> answer = MountedPath.of(path).call("summary", Map.of("entries", entries), _ -> {});
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("path", path.toString());
        answer.forEach((key, value) -> facts.put(String.valueOf(key), value));
        Facts.print(System.out, facts, json);
        return 0;
    }
}

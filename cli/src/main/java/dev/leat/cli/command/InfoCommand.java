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

/** {@code leat info}. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        description = "Shows what a file is made of: its inode, its extents, and the objects that hold its bytes.",
        footer = {"", "Example: leat info /mnt/v/data.bin --json"})
final class InfoCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATH", description = "A path inside a mount.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Map<?, ?> answer = MountedPath.of(path).call("info", Map.of(), _ -> {});
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("path", path.toString());
        answer.forEach((key, value) -> facts.put(String.valueOf(key), value));
        Facts.print(System.out, facts, json);
        return 0;
    }
}

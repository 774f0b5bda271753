package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.MountedPath;
import dev.leat.cli.mount.VolumeCompaction;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat compact}. */
@Command(
        name = "compact",
        mixinStandardHelpOptions = true,
        description = {
            "Puts files together that lie in many small pieces, as overwriting and appending leaves them.",
            "For a whole volume it also rewrites objects less than half of which is needed. Mounts do the same in the "
                    + "background; 'leat gc' deletes the objects that nothing refers to afterwards."
        },
        footer = {
            "",
            "Example: leat compact /mnt/v/databases /mnt/v/logs",
            "Example: leat compact sqlite:///var/lib/leat/v.db --threads 8 --json"
        })
final class CompactCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "PATH|VOLUME",
            description = "Files or folders inside mounts, or the metadata URL of a volume.")
    private List<String> targets = List.of();

    @Option(
            names = {"-p", "--threads"},
            paramLabel = "COUNT",
            defaultValue = "4",
            description = "Objects written at a time, 1 to 64. Default: ${DEFAULT-VALUE}.")
    private int threads = 4;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (threads < 1 || threads > 64) {
            throw CliException.misused("--threads must be 1 to 64");
        }
        List<Map<String, @Nullable Object>> results = new ArrayList<>();
        for (String target : targets) {
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            result.put("target", target);
            result.putAll(target.contains("://") ? VolumeCompaction.run(target, store, threads) : path(target));
            results.add(result);
            if (!json) {
                System.out.println(text(result));
            }
        }
        if (json) {
            Facts.print(System.out, results.size() == 1 ? results.getFirst() : Map.of("targets", results), true);
        }
        return 0;
    }

    private Map<String, @Nullable Object> path(String target) throws IOException {
        MountedPath path = MountedPath.of(Path.of(target));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        try (Progress progress = Progress.of("compacting:", 0, 0)) {
            path.call(
                            "compact",
                            Map.of("threads", threads),
                            facts -> progress.at(Facts.number(facts, "files"), Facts.number(facts, "writtenBytes")))
                    .forEach((name, value) -> result.put(String.valueOf(name), value));
        }
        return result;
    }

    private static String text(Map<String, @Nullable Object> result) {
        long later = Facts.number(result, "leftForLater");
        return String.format(
                Locale.ROOT,
                "%s: %,d files; %,d pieces became %,d, %s written as %,d objects%s",
                result.get("target"),
                Facts.number(result, "files"),
                Facts.number(result, "extentsBefore"),
                Facts.number(result, "extentsAfter"),
                ByteSize.format(Facts.number(result, "writtenBytes")),
                Facts.number(result, "writtenObjects"),
                later == 0 ? "" : "; others changed what was being read, run it again for the rest");
    }
}

package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.MountedPath;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import dev.leat.cli.output.Table;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.TreeSummary;
import dev.leat.cli.volume.VolumePath;
import dev.leat.meta.fs.MetaFs;
import java.io.IOException;
import java.nio.file.Path;
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

/** {@code leat summary}. */
@Command(
        name = "summary",
        mixinStandardHelpOptions = true,
        description = "Adds up files, directories and bytes of a tree from its metadata, and of its largest parts; "
                + "a file counts once for each of its names.",
        footer = {
            "",
            "Example: leat summary /mnt/v/train",
            "Example: leat summary redis://localhost/1 --path /train --depth 3 --entries 20 --csv"
        })
final class SummaryCommand implements Callable<Integer> {
    @Parameters(paramLabel = "VOLUME|PATH", description = "A path inside a mount, or the metadata URL of a volume.")
    private String subject = "";

    @Option(names = "--path", paramLabel = "PATH", description = "With a VOLUME: the path from its root. Default: /.")
    private @Nullable String path;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "2",
            description = "Levels of directories shown below it, 0 to 100. Default: ${DEFAULT-VALUE}.")
    private long depth = 2;

    @Option(
            names = "--entries",
            paramLabel = "N",
            defaultValue = "10",
            description = "Largest entries shown of each directory, 0 to 10000. Default: ${DEFAULT-VALUE}.")
    private long entries = 10;

    @Option(
            names = "--strict",
            description = "Accepted because JuiceFS has it: a summary always counts what is there, in every directory.")
    void strict(boolean given) {
        // Nothing else is done in either case.
    }

    @Option(names = "--csv", description = "Prints lines of comma-separated values, sizes in bytes.")
    private boolean csv;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (depth < 0 || depth > 100 || entries < 0 || entries > 10_000) {
            throw CliException.misused("--depth must be 0 to 100, --entries 0 to 10000");
        }
        boolean offline = subject.contains("://");
        if (!offline && path != null) {
            throw CliException.misused("--path belongs to the URL of a volume");
        }
        Map<String, Object> request = Map.of("depth", depth, "entries", entries);
        Map<?, ?> answer;
        try (Progress progress = Progress.of("counting", 0, 0)) {
            answer = offline ? offline(request, progress) : online(request, progress);
        }
        String top = offline ? VolumePath.parse(path == null ? "" : path).toString() : subject;
        if (json) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("path", top);
            answer.forEach((key, value) -> facts.put(String.valueOf(key), value));
            Facts.print(System.out, facts, true);
        } else if (csv) {
            System.out.println("PATH,SIZE,DIRS,FILES");
            rows(top, answer, new CsvRows());
        } else {
            Table table = new Table("PATH", "SIZE", "DIRS", "FILES");
            rows(top, answer, new TableRows(table));
            System.out.print(table);
        }
        return 0;
    }

    private Map<?, ?> offline(Map<String, Object> request, Progress progress) throws IOException {
        try (JoinedVolume volume = JoinedVolume.openReadOnly(subject, "summary")) {
            long ino = VolumePath.parse(path == null ? "" : path)
                    .in(volume.fs(), MetaFs.ROOT)
                    .ino();
            return TreeSummary.of(volume.fs(), ino, request, facts -> show(facts, progress));
        }
    }

    private Map<?, ?> online(Map<String, Object> request, Progress progress) throws IOException {
        return MountedPath.of(Path.of(subject)).call("summary", request, facts -> show(facts, progress));
    }

    private static void show(Map<?, ?> facts, Progress progress) {
        progress.at(Facts.number(facts, "files"), Facts.number(facts, "bytes"));
    }

    /** Takes the lines of the answer. */
    private interface Rows {
        void row(String path, Map<?, ?> facts);
    }

    private record TableRows(Table table) implements Rows {
        @Override
        public void row(String path, Map<?, ?> facts) {
            table.row(
                    path,
                    ByteSize.format(Facts.number(facts, "sizeBytes")),
                    String.format(Locale.ROOT, "%,d", Facts.number(facts, "directories")),
                    String.format(Locale.ROOT, "%,d", Facts.number(facts, "files")));
        }
    }

    private record CsvRows() implements Rows {
        @Override
        public void row(String path, Map<?, ?> facts) {
            boolean plain = path.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
            System.out.println(
                    (plain ? path : '"' + path.replace("\"", "\"\"") + '"') + "," + Facts.number(facts, "sizeBytes")
                            + "," + Facts.number(facts, "directories") + "," + Facts.number(facts, "files"));
        }
    }

    private static void rows(String path, Map<?, ?> facts, Rows to) {
        to.row(path, facts);
        String inside = path.endsWith("/") ? path : path + "/";
        if (facts.get("entries") instanceof List<?> below) {
            for (Object entry : below) {
                if (entry instanceof Map<?, ?> one) {
                    boolean directory = "directory".equals(one.get("type"));
                    rows(inside + one.get("name") + (directory ? "/" : ""), one, to);
                }
            }
        }
        if (facts.get("others") instanceof Map<?, ?> others) {
            to.row(inside + "… " + others.get("count") + " more", others);
        }
    }
}

package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.bench.FileBench;
import dev.leat.cli.bench.Phase;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Table;
import java.io.IOException;
import java.nio.file.Files;
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

/** {@code leat bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description =
                "Measures a directory on a mount beside one on the local disk, step by step in turn: the disk is the limit of "
                        + "what a warm cache can give. Everything made is removed again.",
        footer = {
            "",
            "Example: leat bench /mnt/volume",
            "Example: leat bench /mnt/volume --beside /nvme --big-file 4GiB --threads 16"
        })
final class BenchCommand implements Callable<Integer> {
    /** Where an operation moves this many bytes, bytes are what counts. */
    private static final int BIG_BYTES = 1 << 19;

    @Parameters(paramLabel = "DIRECTORY", description = "A directory on the mount; a folder is made in it.")
    private Path directory = Path.of("");

    @Option(
            names = "--beside",
            paramLabel = "DIRECTORY",
            description = "A directory on the local disk to compare with. Default: where the mount has its work files.")
    private @Nullable Path beside;

    @Option(
            names = "--big-file",
            paramLabel = "SIZE",
            defaultValue = "1GiB",
            description = "Length of the large file. Default: ${DEFAULT-VALUE}.")
    private String bigFile = "1GiB";

    @Option(
            names = "--small-files",
            paramLabel = "COUNT",
            defaultValue = "500",
            description = "Small files. Default: ${DEFAULT-VALUE}.")
    private int smallFiles = 500;

    @Option(
            names = "--small-file",
            paramLabel = "SIZE",
            defaultValue = "128KiB",
            description = "Length of a small file, at most 1MiB. Default: ${DEFAULT-VALUE}.")
    private String smallFile = "128KiB";

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "4",
            description = "How many work on small files at a time. Default: ${DEFAULT-VALUE}.")
    private int threads = 4;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    private record Pair(Phase mount, Phase disk) {
        double ratio() {
            return mount.perSecond() / Math.max(disk.perSecond(), 1e-9);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.toStandardError();
        FileBench.Sizes sizes = sizes();
        Path disk = beside == null ? workDirectory() : beside;
        for (Path each : List.of(directory, disk)) {
            if (!Files.isDirectory(each)) {
                throw CliException.failed(each + " is not a directory; make it, or name another one");
            }
        }
        List<Pair> pairs = new ArrayList<>();
        try (FileBench mount = new FileBench(directory, sizes);
                FileBench local = new FileBench(disk, sizes)) {
            for (FileBench.Step step : FileBench.Step.values()) {
                // In turn, so that both meet the same weather.
                Phase limit = local.run(step);
                pairs.add(new Pair(mount.run(step), limit));
            }
        }
        print(pairs, disk);
        return 0;
    }

    private FileBench.Sizes sizes() {
        long big = ByteSize.parse(bigFile);
        long small = ByteSize.parse(smallFile);
        if (big < 1 || small < 1 || small > 1 << 20 || smallFiles < 1 || threads < 1 || threads > 1024) {
            throw CliException.misused("--big-file and --small-files must be above 0, --small-file at most 1MiB, and "
                    + "--threads 1 to 1024");
        }
        return new FileBench.Sizes(big, smallFiles, (int) small, threads);
    }

    /** The disk that the mount itself works on. */
    private Path workDirectory() throws IOException {
        Path path = directory.toAbsolutePath().normalize();
        for (Path at = path; at != null; at = at.getParent()) {
            StateFolder state = StateFolder.of(at);
            if (!state.facts().isEmpty()
                    && ControlClient.call(state, "status", Map.of(), _ -> {}).get("workFolder")
                            instanceof String work) {
                return Path.of(work);
            }
        }
        throw CliException.misused(
                directory + " is on no volume that is mounted here; name a local directory with --beside");
    }

    private void print(List<Pair> pairs, Path disk) {
        if (json) {
            List<Object> facts = new ArrayList<>();
            for (Pair pair : pairs) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("step", pair.mount().name());
                one.put("mount", Phase.facts(List.of(pair.mount())).getFirst());
                one.put("disk", Phase.facts(List.of(pair.disk())).getFirst());
                one.put("ratio", pair.ratio());
                facts.add(one);
            }
            System.out.println(Json.pretty(Map.of("disk", disk.toString(), "steps", facts)));
            return;
        }
        Table table = new Table("step", "mount", "disk", "mount/disk");
        for (Pair pair : pairs) {
            table.row(
                    pair.mount().name(),
                    rate(pair.mount()),
                    rate(pair.disk()),
                    String.format(Locale.ROOT, "%.2f", pair.ratio()));
        }
        System.out.print(table);
        System.out.println("disk: " + disk
                + ". What was just written is in the page cache: reads here are of warm data on both sides.");
    }

    private static String rate(Phase phase) {
        return phase.bytesPerSecond() >= phase.perSecond() * BIG_BYTES
                ? ByteSize.format(Math.round(phase.bytesPerSecond())) + "/s"
                : String.format(Locale.ROOT, "%,.0f/s", phase.perSecond());
    }
}

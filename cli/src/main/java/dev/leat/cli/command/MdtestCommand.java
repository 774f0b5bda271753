package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.bench.MetadataBench;
import dev.leat.cli.bench.Phase;
import dev.leat.cli.files.Trees;
import dev.leat.cli.mount.DirectVolume;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat mdtest}. */
@Command(
        name = "mdtest",
        mixinStandardHelpOptions = true,
        description = "Measures the metadata of a volume without the kernel: creates, looks up, lists, renames and "
                + "removes files on several threads. Everything made is removed again.",
        footer = {"", "Example: leat mdtest redis://localhost/1 /bench --threads 8 --dirs 3 --depth 2 --files 100"})
final class MdtestCommand implements Callable<Integer> {
    /** Files of more than this are a benchmark of something else. */
    private static final long WRITE_BYTES_MAX = 64L << 20;

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Metadata URL of the volume.")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "PATH",
            arity = "0..1",
            defaultValue = "/",
            description = "Folder of the volume to work in; made if missing. Default: ${DEFAULT-VALUE}.")
    private String path = "/";

    @Option(names = "--threads", paramLabel = "COUNT", defaultValue = "8", description = "Callers. Default: 8.")
    private int threads = 8;

    @Option(
            names = "--dirs",
            paramLabel = "COUNT",
            defaultValue = "3",
            description = "Subdirectories of each directory. Default: ${DEFAULT-VALUE}.")
    private int dirs = 3;

    @Option(
            names = "--depth",
            paramLabel = "COUNT",
            defaultValue = "2",
            description = "Levels of subdirectories. Default: ${DEFAULT-VALUE}.")
    private int depth = 2;

    @Option(
            names = "--files",
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "Files in each directory. Default: ${DEFAULT-VALUE}.")
    private int files = 100;

    @Option(
            names = "--write",
            paramLabel = "SIZE",
            defaultValue = "0B",
            description = "Bytes written to each file, such as 4KiB. Default: ${DEFAULT-VALUE}.")
    private String write = "0B";

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws Exception {
        log.toStandardError();
        long writeBytes = ByteSize.parse(write);
        if (threads < 1 || threads > 1024 || dirs < 0 || depth < 0 || depth > 16 || files < 1) {
            throw CliException.misused(
                    "--threads must be 1 to 1024, --depth 0 to 16, --dirs at least 0 and --files at least 1");
        }
        if (writeBytes > WRITE_BYTES_MAX) {
            throw CliException.misused("--write must be at most " + ByteSize.format(WRITE_BYTES_MAX));
        }
        MetadataBench.Shape shape = new MetadataBench.Shape(threads, dirs, depth, files, (int) writeBytes);
        Path scratch = Files.createTempDirectory("leat-mdtest-");
        List<Phase> phases;
        String engine;
        try {
            try (DirectVolume volume = new DirectVolume(source, store, scratch)) {
                engine = volume.engineName();
                phases = new MetadataBench(volume.meta(), volume.vfs(), shape).run(path);
            }
        } finally {
            Trees.remove(scratch);
        }
        if (json) {
            System.out.println(
                    Json.pretty(Map.of("engine", engine, "threads", threads, "phases", Phase.facts(phases))));
        } else {
            System.out.println(engine + ", " + threads + " threads");
            System.out.println(Phase.table(phases));
        }
        return 0;
    }
}

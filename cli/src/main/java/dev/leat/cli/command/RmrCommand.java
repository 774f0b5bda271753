package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.MountedName;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Progress;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.TreeRemoval;
import dev.leat.cli.volume.VolumePath;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Errno;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat rmr}. */
@Command(
        name = "rmr",
        mixinStandardHelpOptions = true,
        description = {
            "Removes trees in the metadata, many names at a time, without a request to the kernel for each.",
            "For the user who mounted it, and root. Interrupted, it leaves what it has not removed yet."
        },
        footer = {
            "",
            "Example: leat rmr /mnt/v/old-runs",
            "Example: leat rmr --skip-trash redis://localhost/1 /old-runs /tmp"
        })
final class RmrCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "[VOLUME] PATH",
            description = "What to remove: paths in mounts, or, after a VOLUME, from its root.")
    private List<String> paths = List.of();

    @Option(names = "--skip-trash", description = "Removes for good, also where the volume has a trash.")
    private boolean skipTrash;

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "50",
            description = "Removals at a time, 1 to 256. Default: ${DEFAULT-VALUE}.")
    private int threads = 50;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    private long files;
    private long directories;

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (threads < 1 || threads > 256) {
            throw CliException.misused("--threads must be 1 to 256");
        }
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("threads", (long) threads);
        request.put("skipTrash", skipTrash);
        long began = System.nanoTime();
        try (Progress progress = Progress.of("removing", 0, 0)) {
            if (paths.getFirst().contains("://")) {
                offline(request, progress);
            } else {
                online(request, progress);
            }
        }
        double seconds = Math.max(1e-3, (System.nanoTime() - began) / 1e9);
        if (json) {
            System.out.println(Json.pretty(Map.of("files", files, "directories", directories)));
        } else {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%,d files and %,d directories were removed, %,.0f a second",
                    files,
                    directories,
                    (files + directories) / seconds));
        }
        return 0;
    }

    private void offline(Map<String, Object> request, Progress progress) throws IOException {
        List<VolumePath> trees = paths.stream().skip(1).map(VolumePath::parse).toList();
        if (trees.isEmpty()) {
            throw CliException.misused("give the paths to remove, from the root of the volume");
        }
        Caller caller = Caller.of(Processes.geteuid(), Processes.getegid(), 0);
        try (JoinedVolume volume = JoinedVolume.open(paths.getFirst(), "rmr")) {
            for (VolumePath tree : trees) {
                long parent = tree.above().directoryIn(volume.fs(), MetaFs.ROOT);
                try {
                    count(TreeRemoval.run(
                            volume.fs(),
                            parent,
                            tree.last(),
                            caller,
                            request,
                            facts -> show(facts, progress),
                            _ -> {}));
                } catch (FsException e) {
                    throw e.errno() == Errno.ENOENT
                            ? CliException.failed("there is no " + tree + " in this volume")
                            : CliException.failed(tree + " cannot be removed: " + e.getMessage());
                }
            }
        }
    }

    private void online(Map<String, Object> request, Progress progress) throws IOException {
        List<MountedName> trees = new ArrayList<>();
        for (String path : paths) {
            if (!Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS)) {
                throw CliException.failed("there is no " + path);
            }
            // All are looked at before the first one goes.
            trees.add(MountedName.of(Path.of(path)));
        }
        for (MountedName tree : trees) {
            Map<String, Object> one = new LinkedHashMap<>(request);
            one.put("parent", tree.directory().inode());
            one.put("name", tree.name());
            count(tree.call("rmr", one, facts -> show(facts, progress)));
        }
    }

    private void show(Map<?, ?> facts, Progress progress) {
        progress.at(
                files + directories + Facts.number(facts, "files") + Facts.number(facts, "directories"),
                Facts.number(facts, "bytes"));
    }

    private void count(Map<?, ?> facts) {
        files += Facts.number(facts, "files");
        directories += Facts.number(facts, "directories");
    }
}

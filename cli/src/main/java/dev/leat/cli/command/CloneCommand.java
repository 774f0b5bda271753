package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.MountedName;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import dev.leat.cli.volume.JoinedVolume;
import dev.leat.cli.volume.VolumeClone;
import dev.leat.cli.volume.VolumePath;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
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

/** {@code leat clone}. */
@Command(
        name = "clone",
        mixinStandardHelpOptions = true,
        description = {
            "Copies a file or a tree by reference: no data is read or written, and neither copy sees changes of the other.",
            "A tree appears whole or not at all. Both paths are in one mount, or, after a VOLUME, count from its root."
        },
        footer = {
            "",
            "Example: leat clone /mnt/v/train /mnt/v/train-copy",
            "Example: leat clone redis://localhost/1 /train /train-copy --preserve"
        })
final class CloneCommand implements Callable<Integer> {
    @Parameters(arity = "2..3", paramLabel = "[VOLUME] SRC DST", description = "What to copy, and where to.")
    private List<String> paths = List.of();

    @Option(
            names = {"-p", "--preserve"},
            description = "Keeps owners, groups, modes and ACLs. Default: the copy is the caller's, with modes as "
                    + "the umask allows; times and extended attributes are kept in either case.")
    private boolean preserve;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        boolean offline = paths.size() == 3;
        if (offline != paths.getFirst().contains("://")) {
            throw CliException.misused("give SRC and DST inside a mount, or VOLUME, SRC and DST");
        }
        Map<String, Object> request = new LinkedHashMap<>();
        if (!preserve) {
            request.put("uid", (long) Processes.geteuid());
            request.put("gid", (long) Processes.getegid());
            request.put("umask", umask());
        }
        Map<?, ?> answer;
        try (Progress progress = Progress.of("cloning", 0, 0)) {
            answer = offline ? offline(request, progress) : online(request, progress);
        }
        print(answer);
        return 0;
    }

    private Map<?, ?> offline(Map<String, Object> request, Progress progress) throws IOException {
        VolumePath source = VolumePath.parse(paths.get(1));
        VolumePath target = VolumePath.parse(paths.get(2));
        try (JoinedVolume volume = JoinedVolume.open(paths.getFirst(), "clone")) {
            return VolumeClone.run(
                    volume.fs(),
                    source.above().directoryIn(volume.fs(), MetaFs.ROOT),
                    source.last(),
                    target.above().directoryIn(volume.fs(), MetaFs.ROOT),
                    target.last(),
                    request,
                    facts -> show(facts, progress));
        }
    }

    private Map<?, ?> online(Map<String, Object> request, Progress progress) throws IOException {
        MountedName source = MountedName.of(Path.of(paths.get(0)));
        MountedName target = MountedName.of(Path.of(paths.get(1)));
        if (!source.isBeside(target)) {
            throw CliException.failed(paths.get(0) + " and " + paths.get(1)
                    + " are in different mounts; a copy by reference stays in one: use cp");
        }
        request.put("parent", source.directory().inode());
        request.put("name", source.name());
        request.put("targetParent", target.directory().inode());
        request.put("target", target.name());
        return source.call("clone", request, facts -> show(facts, progress));
    }

    private static void show(Map<?, ?> facts, Progress progress) {
        progress.at(Facts.number(facts, "files"), 0);
    }

    private void print(Map<?, ?> answer) {
        if (json) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            answer.forEach((key, value) -> facts.put(String.valueOf(key), value));
            Facts.print(System.out, facts, true);
            return;
        }
        long bytes = Facts.number(answer, "bytes");
        System.out.println(String.format(
                Locale.ROOT,
                "%s files and %s directories with %s were cloned",
                answer.get("files"),
                answer.get("directories"),
                ByteSize.format(bytes)));
    }

    private static long umask() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Umask:")) {
                return Long.parseLong(line.substring("Umask:".length()).strip(), 8);
            }
        }
        throw CliException.failed("the kernel does not tell the umask in /proc/self/status; use --preserve");
    }
}

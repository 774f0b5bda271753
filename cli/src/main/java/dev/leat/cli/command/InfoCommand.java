package dev.leat.cli.command;

import dev.leat.cli.control.MountedPath;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        description = {
            "Shows what a file is made of: its inode, its extents, and the objects that hold its bytes.",
            "Also how many of its bytes are in the cache of this mount. With --recursive a tree is added up."
        },
        footer = {
            "",
            "Example: leat info /mnt/v/data.bin --json",
            "Example: leat info -r /mnt/v/train",
            "Example: leat info --inode 643189288359428097 /mnt/v"
        })
final class InfoCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files or folders inside mounts.")
    private List<Path> paths = List.of();

    @Option(
            names = {"-r", "--recursive"},
            description = "Adds up all below: files, bytes, extents, objects, and what is cached.")
    private boolean recursive;

    @Option(
            names = {"-i", "--inode"},
            paramLabel = "INODE",
            description = "Shows the inode of that number in the mount of PATH, instead of PATH itself.")
    private @Nullable Long inode;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (Path path : paths) {
            MountedPath found = MountedPath.of(path);
            MountedPath asked = inode == null ? found : found.withInode(inode);
            try (Progress progress = Progress.of("looking at", 0, 0)) {
                all.add(asked.facts(
                        "info",
                        Map.of("recursive", recursive),
                        facts -> progress.at(Facts.number(facts, "files"), Facts.number(facts, "bytes"))));
            }
        }
        if (json) {
            Facts.print(System.out, all.size() == 1 ? all.getFirst() : Map.of("paths", all), true);
            return 0;
        }
        for (int i = 0; i < all.size(); i++) {
            if (i > 0) {
                System.out.println();
            }
            Facts.print(System.out, all.get(i), false);
        }
        return 0;
    }
}

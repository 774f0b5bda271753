package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.MountedPath;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Progress;
import dev.leat.fuse.mount.MountInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat warmup}. */
@Command(
        name = "warmup",
        mixinStandardHelpOptions = true,
        description = {
            "Brings files of mounts into their caches ahead of need.",
            "What is there already is not fetched again, so after an interruption the same command goes on."
        },
        footer = {
            "",
            "Example: leat warmup /mnt/volume/train",
            "Example: leat warmup --check /mnt/volume/train",
            "Example: leat warmup --background --file epoch-1.txt"
        })
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

    @Parameters(arity = "0..*", paramLabel = "PATH", description = "Files or folders inside mounts.")
    private List<Path> paths = List.of();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "LIST",
            description =
                    "A file with further paths, one a line; - for standard input. Those that do not exist are told "
                            + "and left out; the exit code is 1 then.")
    private @Nullable Path list;

    @ArgGroup(exclusive = true)
    private Instead instead = new Instead();

    @Option(
            names = {"-p", "--threads"},
            paramLabel = "COUNT",
            defaultValue = "16",
            description = "Fetches at a time, 1 to 256. Default: ${DEFAULT-VALUE}.")
    private int threads = 16;

    @Option(
            names = {"-b", "--background"},
            description = "Returns at once; 'leat status MOUNTPOINT' shows how far it is.")
    private boolean background;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private LogOptions log = new LogOptions();

    private long missing;
    private @Nullable String firstMissing;

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (threads < 1 || threads > 256) {
            throw CliException.misused("--threads must be 1 to 256");
        }
        if (paths.isEmpty() && list == null) {
            throw CliException.misused("name a PATH, or a file with paths by --file");
        }
        if (background && instead.check) {
            throw CliException.misused("--check tells what it finds, so it does not go with --background");
        }
        Map<Path, Set<Long>> inodes = inodes();
        Map<String, Object> sums = new LinkedHashMap<>();
        for (Map.Entry<Path, Set<Long>> mount : inodes.entrySet()) {
            ask(mount.getKey(), mount.getValue()).forEach((name, value) -> {
                if (value instanceof Number number) {
                    sums.merge(String.valueOf(name), number.longValue(), (a, b) -> (Long) a + (Long) b);
                }
            });
        }
        if (json) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("action", instead.action());
            all.put("background", background);
            all.put("missingPaths", missing);
            all.putAll(sums);
            Facts.print(System.out, all, true);
        } else if (!inodes.isEmpty()) {
            System.out.println(
                    background ? "going on in the background; 'leat status MOUNTPOINT' tells how far" : text(sums));
        }
        if (missing > 0) {
            throw CliException.failed("%d paths of %s do not exist and were left out, the first is %s"
                    .formatted(missing, list, firstMissing));
        }
        return 0;
    }

    private Map<?, ?> ask(Path mountPoint, Set<Long> inodes) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", instead.action());
        request.put("threads", threads);
        request.put("background", background);
        request.put("inodes", List.copyOf(inodes));
        try (Progress progress = Progress.of(instead.action() + ":", 0, 0)) {
            return ControlClient.call(StateFolder.of(mountPoint), "warmup", request, facts -> {
                progress.total(Facts.number(facts, "files"), Facts.number(facts, "bytes"));
                progress.at(Facts.number(facts, "filesDone"), Facts.number(facts, "bytesDone"));
            });
        }
    }

    /** What is asked for, by mount. */
    private Map<Path, Set<Long>> inodes() throws IOException {
        Map<Path, Set<Long>> inodes = new LinkedHashMap<>();
        List<MountInfo> mounts = MountInfo.all();
        for (Path path : paths) {
            add(path, mounts, inodes);
        }
        for (Path path : listed()) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                add(path, mounts, inodes);
            } else {
                missing++;
                firstMissing = firstMissing == null ? path.toString() : firstMissing;
            }
        }
        return inodes;
    }

    private static void add(Path path, List<MountInfo> mounts, Map<Path, Set<Long>> inodes) throws IOException {
        MountedPath found = MountedPath.of(path, mounts);
        inodes.computeIfAbsent(found.mountPoint(), _ -> new LinkedHashSet<>()).add(found.inode());
    }

    private List<Path> listed() throws IOException {
        Path from = list;
        List<Path> listed = new ArrayList<>();
        if (from == null) {
            return listed;
        }
        try (BufferedReader lines = from.toString().equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(from)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    listed.add(Path.of(line));
                }
            }
        } catch (IOException e) {
            throw CliException.failed("the list " + from + " cannot be read: " + e);
        }
        return listed;
    }

    private String text(Map<String, Object> sums) {
        String size = String.format(
                Locale.ROOT,
                "%,d files, %s",
                Facts.number(sums, "files"),
                ByteSize.format(Facts.number(sums, "bytes")));
        long padding = Facts.number(sums, "paddingBytes");
        return switch (instead.action()) {
            case "evict" -> size + ": evicted " + ByteSize.format(Facts.number(sums, "evictedBytes"));
            case "unpin" -> "unpinned " + size;
            case "check" -> size + ": " + cached(sums);
            default ->
                size + ": " + cached(sums) + ", " + ByteSize.format(Facts.number(sums, "fetchedBytes")) + " fetched now"
                        + (padding == 0 ? "" : ", " + ByteSize.format(padding) + " of that between files");
        };
    }

    private static String cached(Map<String, Object> sums) {
        return ByteSize.format(Facts.number(sums, "cachedBytes")) + " cached of "
                + ByteSize.format(Facts.number(sums, "storedBytes")) + " in objects";
    }
}

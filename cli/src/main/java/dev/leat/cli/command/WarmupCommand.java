package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.MountedPath;
import dev.leat.cli.control.MountedSources;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.files.Globs;
import dev.leat.cli.mount.DatasetLoad;
import dev.leat.cli.option.Durations;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.option.WorkerFlags;
import dev.leat.cli.output.Facts;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Progress;
import dev.leat.cli.report.DatasetFileFlags;
import dev.leat.cli.report.PodSide;
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
import java.util.Objects;
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
            "Example: leat warmup --dry-run '/mnt/imagenet/train/n01*/**.JPEG'",
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

    @Parameters(
            arity = "0..*",
            paramLabel = "PATH|SOURCE",
            description =
                    "Files or folders inside mounts; also with *, ?, [a-z], {a,b} and **, if they are quoted. A source, such as s3://BUCKET/PREFIX, "
                            + "stands for where it is mounted. With --dataset: paths in the dataset, from its root.")
    private List<String> paths = List.of();

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
            description = "Fetches at a time, 1 to 256. Default: 16; of data in place 64, fewer of large files.")
    private @Nullable Integer threads;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            description =
                    "Of data in place: begins no further file after that, such as 30m; what is left out is told and the exit code is 1. "
                            + "Default: none.")
    private @Nullable String deadline;

    @Option(
            names = "--dry-run",
            description =
                    "Of data in place: only tells how many bytes are to be fetched, by how many requests, and whether they fit.")
    private boolean dryRun;

    @Option(
            names = {"-b", "--background"},
            description = "Returns at once; 'leat status MOUNTPOINT' shows how far it is.")
    private boolean background;

    @Option(
            names = "--events",
            description = "Prints a line of JSON whenever there is something to tell, the last one as --json does.")
    private boolean events;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Option(
            names = "--operation",
            paramLabel = "NAME",
            description = "With --dataset: name of the DataLoad that this is of. Default: none.")
    private @Nullable String operation;

    @Mixin
    private DatasetFileFlags inCluster = new DatasetFileFlags();

    @Mixin
    private WorkerFlags workers = new WorkerFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "With --dataset: bound of the buffers outside the heap. Default: ${DEFAULT-VALUE}.")
    private String memory = "256MiB";

    @Mixin
    private LogOptions log = new LogOptions();

    private final List<Object> failures = new ArrayList<>();
    private long missing;
    private @Nullable String firstMissing;

    @Override
    public Integer call() throws IOException {
        Path dataset = inCluster.file();
        if (dataset != null) {
            return load(dataset);
        }
        log.toStandardError();
        if (threads != null && (threads < 1 || threads > 256)) {
            throw CliException.misused("--threads must be 1 to 256");
        }
        if (paths.isEmpty() && list == null) {
            throw CliException.misused("name a PATH, or a file with paths by --file");
        }
        if (background && instead.check) {
            throw CliException.misused("--check tells what it finds, so it does not go with --background");
        }
        Map<Path, Set<MountedPath>> mounts = mounted();
        Map<String, Object> sums = new LinkedHashMap<>();
        for (Map.Entry<Path, Set<MountedPath>> mount : mounts.entrySet()) {
            ask(mount.getKey(), mount.getValue()).forEach((name, value) -> {
                if (value instanceof Number number) {
                    sums.merge(String.valueOf(name), number.longValue(), (a, b) -> (Long) a + (Long) b);
                }
            });
        }
        if (json || events) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("action", instead.action());
            all.put("background", background);
            all.put("missingPaths", missing);
            all.putAll(sums);
            all.put("failures", failures);
            if (events) {
                event("done", all);
            } else {
                Facts.print(System.out, all, true);
            }
        } else if (!mounts.isEmpty()) {
            System.out.println(
                    background ? "going on in the background; 'leat status MOUNTPOINT' tells how far" : text(sums));
        }
        complain(sums);
        if (missing > 0) {
            throw CliException.failed("%d paths of %s do not exist and were left out, the first is %s"
                    .formatted(missing, list, firstMissing));
        }
        return 0;
    }

    /** Fills the cache of a dataset's workers, from a pod that mounts nothing. */
    private int load(Path dataset) throws IOException {
        log.toForeground();
        PodSide pod = Objects.requireNonNull(inCluster.side("load", operation));
        List<String> targets = paths.isEmpty() ? List.of("/") : paths;
        try (DatasetLoad load = new DatasetLoad(dataset, pod, workers, store, ByteSize.parse(memory))) {
            Map<String, Object> sums = load.run(targets, threads == null ? DatasetLoad.THREADS : threads);
            if (json) {
                Facts.print(System.out, sums, true);
            } else {
                System.out.println(String.format(
                        Locale.ROOT,
                        "%,d files, %s, are with the workers",
                        Facts.number(sums, "filesDone"),
                        ByteSize.format(Facts.number(sums, "bytesDone"))));
            }
            if (sums.get("failures") instanceof List<?> some && !some.isEmpty()) {
                throw CliException.failed(String.format(
                        Locale.ROOT,
                        "%,d files failed, the first is %s",
                        Facts.number(sums, "filesFailed"),
                        some.getFirst()));
            }
        }
        return 0;
    }

    /** What was not done has to be heard of, whatever else was. */
    private void complain(Map<String, Object> sums) {
        long failed = Facts.number(sums, "failedFiles");
        if (failed > 0) {
            Object first = failures.isEmpty() ? "" : failures.getFirst();
            String why = first instanceof Map<?, ?> facts ? facts.get("path") + ": " + facts.get("error") : "";
            throw CliException.failed(String.format(Locale.ROOT, "%,d files failed, the first is %s", failed, why));
        }
        long leftOut = Facts.number(sums, "leftOutFiles");
        if (leftOut > 0) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "%,d files, %s, were left out, since %s",
                    leftOut,
                    ByteSize.format(Facts.number(sums, "leftOutBytes")),
                    deadline != null && Facts.number(sums, "bytes") <= Facts.number(sums, "roomBytes")
                            ? "the time was over; run it again to go on"
                            : "the cache is too small for all; raise --cache-size of the mount"));
        }
        long notKept = Facts.number(sums, "notKeptFiles");
        if (notKept > 0) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "%,d files were fetched, but %s of them did not stay in the cache, which is full of what is in use or pinned",
                    notKept,
                    ByteSize.format(Facts.number(sums, "notKeptBytes"))));
        }
    }

    private void event(String name, Map<?, ?> facts) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("event", name);
        facts.forEach((key, value) -> event.put(String.valueOf(key), value));
        System.out.println(Json.line(event));
        System.out.flush();
    }

    private Map<?, ?> ask(Path mountPoint, Set<MountedPath> those) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", instead.action());
        if (threads != null) {
            request.put("threads", threads);
        }
        if (deadline != null) {
            request.put("deadlineMs", Durations.parse(deadline).toMillis());
        }
        request.put("dryRun", dryRun);
        request.put("background", background);
        StateFolder state = StateFolder.of(mountPoint);
        boolean sealed =
                state.facts().map(facts -> facts.get("datasetVersion") != null).orElse(false);
        if (sealed) {
            // The kernel may have numbers of its own for its files.
            request.put(
                    "paths",
                    those.stream()
                            .map(one -> one.within().toString())
                            .distinct()
                            .toList());
        } else {
            request.put(
                    "inodes", those.stream().map(MountedPath::inode).distinct().toList());
        }
        boolean[] told = new boolean[1];
        try (Progress progress = Progress.of(instead.action() + ":", 0, 0)) {
            Map<?, ?> result = ControlClient.call(state, "warmup", request, facts -> {
                if (events) {
                    event("progress", facts);
                    return;
                }
                boolean looking = "look".equals(facts.get("phase"));
                if (looking) {
                    progress.at(Facts.number(facts, "files"), Facts.number(facts, "bytes"));
                    return;
                }
                if (facts.get("phase") != null && !told[0] && !json) {
                    told[0] = true;
                    progress.say(plan(facts));
                }
                progress.total(Facts.number(facts, "files"), Facts.number(facts, "bytes"));
                progress.failed(Facts.number(facts, "failedFiles"));
                progress.at(Facts.number(facts, "filesDone"), Facts.number(facts, "bytesDone"));
            });
            if (result.get("failures") instanceof List<?> some) {
                failures.addAll(some);
            }
            return result;
        }
    }

    /** What is about to be done. */
    private static String plan(Map<?, ?> facts) {
        long bytes = Facts.number(facts, "bytes");
        long room = Facts.number(facts, "roomBytes");
        return String.format(
                Locale.ROOT,
                "%,d files, %s; %s to be fetched in %,d requests; %s",
                Facts.number(facts, "files"),
                ByteSize.format(bytes),
                ByteSize.format(Facts.number(facts, "neededBytes")),
                Facts.number(facts, "neededRequests"),
                bytes <= room
                        ? "all fits into the cache"
                        : "the cache has room for " + ByteSize.format(room) + ", so the last files will be left out");
    }

    /** What is asked for, by mount. */
    private Map<Path, Set<MountedPath>> mounted() throws IOException {
        Map<Path, Set<MountedPath>> found = new LinkedHashMap<>();
        List<MountInfo> mounts = MountInfo.all();
        for (String path : paths) {
            Path named = path.contains("://") ? MountedSources.find(path) : Path.of(path);
            for (Path one : Globs.expand(named)) {
                add(one, mounts, found);
            }
        }
        for (Path path : listed()) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                add(path, mounts, found);
            } else {
                missing++;
                firstMissing = firstMissing == null ? path.toString() : firstMissing;
            }
        }
        return found;
    }

    private static void add(Path path, List<MountInfo> mounts, Map<Path, Set<MountedPath>> found) throws IOException {
        MountedPath one = MountedPath.of(path, mounts);
        found.computeIfAbsent(one.mountPoint(), _ -> new LinkedHashSet<>()).add(one);
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
                dryRun
                        ? plan(sums)
                        : size + ": " + cached(sums) + ", " + ByteSize.format(Facts.number(sums, "fetchedBytes"))
                                + " fetched now"
                                + (padding == 0 ? "" : ", " + ByteSize.format(padding) + " of that between files");
        };
    }

    private static String cached(Map<String, Object> sums) {
        return ByteSize.format(Facts.number(sums, "cachedBytes")) + " cached of "
                + ByteSize.format(Facts.number(sums, "storedBytes")) + " in objects";
    }
}

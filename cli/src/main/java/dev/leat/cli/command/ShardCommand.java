package dev.leat.cli.command;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Progress;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.shard.Packing;
import dev.leat.dataset.shard.ShardFormat;
import dev.leat.dataset.shard.Shards;
import dev.leat.dataset.source.Source;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat shard}. */
@Command(
        name = "shard",
        mixinStandardHelpOptions = true,
        description = {
            "Packs many files into few large shards, writes an index for shards that are there, or verifies them.",
            "pack writes the same bytes for the same files, several shards at a time; when it is called again it packs what is "
                    + "missing or has changed. Beside each shard lies an index with the place and the checksum of each "
                    + "file, and beside all of them a manifest.",
            "index and verify read every byte. verify names the damaged file and exits with 1 if there is one."
        },
        footer = {
            "",
            "Example: leat shard pack /data/train --format webdataset --size 256MiB --to s3://bucket/train",
            "Example: leat shard index s3://bucket/train",
            "Example: leat shard verify s3://bucket/train --endpoint http://minio:9000"
        })
final class ShardCommand implements Callable<Integer> {
    /** What to do. */
    enum Action {
        PACK,
        INDEX,
        VERIFY
    }

    @Parameters(index = "0", paramLabel = "pack|index|verify", description = "What to do.")
    private Action action = Action.VERIFY;

    @Parameters(
            index = "1",
            paramLabel = "DIR|SOURCE",
            description =
                    "A directory, or the address of a source as 'leat mount' takes it; with index and verify also "
                            + "one shard in a directory.")
    private String from = "";

    @Option(
            names = "--to",
            paramLabel = "DIR|STORE",
            description =
                    "Where shards and indexes go: a directory, s3://BUCKET/PREFIX or https://ENDPOINT/BUCKET/PREFIX. "
                            + "Default with index: beside the shards.")
    private @Nullable String to;

    @Option(
            names = "--format",
            paramLabel = "webdataset|tfrecord",
            defaultValue = "webdataset",
            description =
                    "What pack writes: tar files for WebDataset, or TensorFlow's records with an Example for each "
                            + "sample. Default: ${DEFAULT-VALUE}.")
    private String format = "webdataset";

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "Length that a shard does not go beyond, unless one sample does. Default: ${DEFAULT-VALUE}.")
    private String size = "256MiB";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "shard",
            description = "What the names of the shards begin with. Default: ${DEFAULT-VALUE}.")
    private String name = "shard";

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "4",
            description = "Shards that are worked on at a time; each takes about 20 MiB of memory. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int threads = 4;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private StoreFlags flags = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.toStandardError();
        if (threads < 1 || threads > 64) {
            throw CliException.misused("--threads must be 1 to 64");
        }
        Path file = from.contains("://") ? null : Path.of(from).toAbsolutePath().normalize();
        String only = null;
        if (file != null && action != Action.PACK && Files.isRegularFile(file)) {
            only = String.valueOf(file.getFileName());
            file = file.getParent();
        }
        StoreOptions options = flags.options(Map.of(), true, StoreLimits.NONE);
        SourceUrl url = sourceUrl(file);
        String bundle = flags.kept().get("ca-bundle");
        try (Source source =
                Sources.open(url, options, "leat/" + Version.text(), bundle == null ? null : Path.of(bundle))) {
            return switch (action) {
                case PACK -> pack(source, url, options);
                case INDEX -> index(source, url, options, only);
                case VERIFY -> verify(source, only);
            };
        }
    }

    private SourceUrl sourceUrl(@Nullable Path directory) {
        try {
            return directory == null ? SourceUrl.parse(from) : new SourceUrl.Directory(directory);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }

    private StoreUrl targetUrl(String text) {
        try {
            return text.contains("://")
                    ? StoreUrl.parse(text)
                    : new StoreUrl.Directory(Path.of(text).toAbsolutePath().normalize());
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }

    private int pack(Source source, SourceUrl from, StoreOptions options) throws IOException, InterruptedException {
        ShardFormat chosen = ShardFormat.ofWord(format);
        if (chosen == null) {
            throw CliException.misused("--format '" + format + "' is not known; write webdataset or tfrecord");
        }
        if (to == null) {
            throw CliException.misused("say with --to where the shards go");
        }
        StoreUrl target = targetUrl(to);
        if (from instanceof SourceUrl.Directory(Path input)
                && target instanceof StoreUrl.Directory(Path output)
                && output.startsWith(input)) {
            throw CliException.misused(
                    output + " lies in " + input + ", and would be packed with it: name another directory with --to");
        }
        Packing.Settings settings = settings(chosen);
        try (OpenStore open = Stores.open(target, options)) {
            Packing.Report report;
            try (Progress progress = Progress.of("packed", 0, 0)) {
                report = new Packing(source, open.store(), settings, observer(progress)).run();
            }
            print(report, open.store().location());
        }
        return 0;
    }

    private Packing.Settings settings(ShardFormat chosen) {
        try {
            return new Packing.Settings(chosen, ByteSize.parse(size), name, threads);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
    }

    private static Packing.Observer observer(Progress progress) {
        return new Packing.Observer() {
            @Override
            public void bytes(long more) {
                progress.add(0, more);
            }

            @Override
            public void shard(String shard, int files, boolean packed) {
                progress.add(files, 0);
            }
        };
    }

    private void print(Packing.Report report, String where) {
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("shards", report.shards());
            facts.put("packed", report.packed());
            facts.put("samples", report.samples());
            facts.put("files", report.files());
            facts.put("bytes", report.bytes());
            facts.put("unseenByLoaders", report.unseenByLoaders());
            facts.put("links", report.links());
            System.out.println(Json.pretty(facts));
            return;
        }
        System.out.println(String.format(
                Locale.ROOT,
                "%,d samples of %,d files, %s, in %,d shards at %s; %,d of them were there already",
                report.samples(),
                report.files(),
                ByteSize.format(report.bytes()),
                report.shards(),
                where,
                report.shards() - report.packed()));
        if (report.unseenByLoaders() > 0) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%,d files have no extension or are hidden: they are packed, but WebDataset's loader passes over them",
                    report.unseenByLoaders()));
        }
        if (report.links() > 0) {
            System.out.println(String.format(Locale.ROOT, "%,d symbolic links were left out", report.links()));
        }
    }

    private int index(Source source, SourceUrl from, StoreOptions options, @Nullable String only)
            throws IOException, InterruptedException {
        StoreUrl beside = from instanceof SourceUrl.Bucket bucket
                ? bucket.url()
                : from instanceof SourceUrl.Directory directory ? new StoreUrl.Directory(directory.path()) : null;
        if (to == null && beside == null) {
            throw CliException.misused("indexes cannot be written beside those shards: say with --to where they go");
        }
        StoreUrl target = to == null ? Objects.requireNonNull(beside) : targetUrl(to);
        List<Shards.Check> checks = checks();
        try (OpenStore open = Stores.open(target, options)) {
            each(source, only, shards -> shards.index(open.store(), checks::add));
        }
        return print(checks, "indexed");
    }

    private int verify(Source source, @Nullable String only) throws IOException, InterruptedException {
        List<Shards.Check> checks = checks();
        each(source, only, shards -> shards.verify(checks::add));
        return print(checks, "verified");
    }

    private static List<Shards.Check> checks() {
        return Collections.synchronizedList(new ArrayList<>());
    }

    /** Work on shards. */
    private interface Work {
        void on(Shards shards) throws IOException, InterruptedException;
    }

    private void each(Source source, @Nullable String only, Work work) throws IOException, InterruptedException {
        try (Progress progress = Progress.of("read", 0, 0)) {
            Shards shards = new Shards(source, threads, more -> progress.add(0, more));
            if (shards.find(only) == 0) {
                throw Shards.none(source);
            }
            progress.total(0, shards.bytes());
            work.on(shards);
        }
    }

    private int print(List<Shards.Check> checks, String done) {
        checks.sort(Comparator.comparing(Shards.Check::shard));
        long bad = checks.stream().filter(check -> !check.problems().isEmpty()).count();
        long bytes = checks.stream().mapToLong(Shards.Check::sizeBytes).sum();
        long members = checks.stream().mapToLong(Shards.Check::members).sum();
        if (json) {
            List<Object> facts = new ArrayList<>();
            for (Shards.Check check : checks) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("shard", check.shard());
                one.put("indexed", check.indexed());
                one.put("samples", check.samples());
                one.put("members", check.members());
                one.put("bytes", check.sizeBytes());
                one.put("problems", List.copyOf(check.problems()));
                facts.add(one);
            }
            System.out.println(Json.pretty(Map.of("shards", facts, "damaged", bad)));
            return bad == 0 ? 0 : 1;
        }
        for (Shards.Check check : checks) {
            check.problems().forEach(problem -> System.out.println(check.shard() + ": " + problem));
        }
        System.out.println(String.format(
                Locale.ROOT,
                "%,d shards with %,d members, %s, %s: %s",
                checks.size(),
                members,
                ByteSize.format(bytes),
                done,
                bad == 0 ? "all is well" : String.format(Locale.ROOT, "%,d are damaged", bad)));
        long unindexed = action == Action.VERIFY
                ? checks.stream().filter(check -> !check.indexed()).count()
                : 0;
        if (unindexed > 0) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%,d have no index: of a tar file without one only the form can be verified ('leat shard index' writes it)",
                    unindexed));
        }
        return bad == 0 ? 0 : 1;
    }
}

package dev.leat.cli.dataset;

import dev.leat.cache.ByteSize;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.registry.VersionRef;
import dev.leat.dataset.seal.Sealing;
import dev.leat.dataset.source.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

/** {@code leat dataset seal}. */
@Command(
        name = "seal",
        description = {
            "Seals data as it lies there now into a version: a list of all names with what tells one version of each file from "
                    + "another. Nothing is copied.",
            "A weak seal takes the source's word for it (ETags; time and length), at the speed of listing. A strong one reads "
                    + "every file once and keeps the digests of their bytes."
        },
        footer = {
            "",
            "Example: leat dataset seal s3://bucket/imagenet --name imagenet --version v3 --registry s3://bucket/registry",
            "Example: leat dataset seal file:///nfs/images --name images --version 2026-05 --tag prod --strong "
                    + "--registry file:///nfs/registry --note 'duplicates removed'"
        })
final class SealCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "Where the data lies, as 'leat mount' takes it: s3://…, http(s)://…, file:///….")
    private String source = "";

    @Option(names = "--name", paramLabel = "NAME", required = true, description = "The data set.")
    private String name = "";

    @Option(names = "--version", paramLabel = "VERSION", required = true, description = "The version of it.")
    private String version = "";

    @Option(names = "--tag", paramLabel = "TAG", description = "Gives the version a tag, which may be moved later.")
    private List<String> tags = List.of();

    @Option(names = "--strong", description = "Reads every file, and keeps digests of the bytes.")
    private boolean strong;

    @Option(names = "--note", paramLabel = "TEXT", description = "What is to be known about the version.")
    private String note = "";

    @Option(
            names = "--from",
            paramLabel = "NAME@VERSION",
            description = "A version that this one was made from; repeat for more.")
    private List<String> from = List.of();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description = "Where the list is sorted, about 200 bytes a name. Default: the folder for temporary files.")
    private @Nullable Path workDir;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Mixin
    private RegistryFlags registry = new RegistryFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private SourceLimitFlags limits = new SourceLimitFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        VersionRef ref = new VersionRef(Refs.word("name", name), Refs.word("version", version));
        tags.forEach(tag -> Refs.word("tag", tag));
        from.forEach(Refs::parse);
        try (Registry target = registry.create(store);
                Source opened = SealedSource.open(source, Map.of(), store, limits.limits());
                ScratchFolder work = new ScratchFolder(workDir)) {
            Path manifest = work.path().resolve("manifest");
            Sealing.Sealed sealed;
            try (SealProgress progress = new SealProgress()) {
                Strength strength = strong ? Strength.STRONG : Strength.WEAK;
                sealed = Sealing.run(opened, strength, work.path(), manifest, progress);
            }
            VersionRecord wanted = new VersionRecord(
                    ref.name(),
                    ref.version(),
                    sealed.summary(),
                    "",
                    SealedSource.address(source, opened),
                    SealedSource.kept(store),
                    sealed.leftOut(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS),
                    note,
                    from);
            VersionRecord there = target.put(wanted, manifest);
            for (String tag : tags) {
                target.tag(there, tag);
            }
            report(there, !there.sealed().equals(wanted.sealed()));
        }
        return 0;
    }

    private void report(VersionRecord version, boolean before) {
        if (version.leftOut() > 0) {
            System.err.println("leat: " + version.leftOut()
                    + " names cannot be shown by a file system, or are a directory's " + "too, and are left out");
        }
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>(version.facts());
            facts.put("tags", tags);
            System.out.println(Json.pretty(facts));
            return;
        }
        ManifestSummary summary = version.summary();
        System.out.println(String.format(
                Locale.ROOT,
                "%s %s, %s: %,d files, %s, %s",
                version.ref(),
                before ? "was sealed before with the same tree" : "is sealed",
                summary.strength(),
                summary.files(),
                ByteSize.format(summary.bytes()),
                summary.tree()));
    }
}

package dev.leat.cli.dataset;

import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.registry.VersionRef;
import dev.leat.dataset.seal.Verification;
import dev.leat.dataset.seal.Verification.State;
import dev.leat.dataset.source.Source;
import java.io.IOException;
import java.io.InputStream;
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

/** {@code leat dataset verify}. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Compares a version with what lies in its source now, and names each file that is missing, changed or damaged.",
            "Names, lengths and what the source calls each version are always compared. With --full all bytes are read, and "
                    + "compared with their digests if the seal is strong; else they only have to come as that version."
        },
        footer = {
            "",
            "Example: leat dataset verify imagenet@v3 --registry s3://bucket/registry",
            "Example: leat dataset verify imagenet@v3 --full --json --registry s3://bucket/registry"
        })
final class VerifyCommand implements Callable<Integer> {
    /** Paths that are told in JSON; all are counted. */
    private static final int LISTED_MAX = 10_000;

    @Parameters(index = "0", paramLabel = "NAME@VERSION", description = "A version, by its name, a tag or its digest.")
    private String version = "";

    @Option(names = "--full", description = "Reads every file.")
    private boolean full;

    @Option(names = "--sample", paramLabel = "N", description = "Reads so many files, chosen by chance.")
    private @Nullable Long sample;

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

    private final List<Object> listed = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Long wanted = sample;
        if (full && wanted != null) {
            throw CliException.misused("--full and --sample exclude each other");
        }
        if (wanted != null && wanted < 1) {
            throw CliException.misused("--sample must be at least 1");
        }
        VersionRef ref = Refs.parse(version);
        try (Registry open = registry.open(store)) {
            VersionRecord found = open.find(ref);
            Verification.Reading reading = new Verification.Reading(
                    full, wanted == null ? 0 : wanted, found.summary().files(), System.nanoTime());
            try (Source source = SealedSource.open(found, store, limits.limits());
                    ScratchFolder work = new ScratchFolder(workDir)) {
                Verification.Result result = run(open, found, source, work.path(), reading);
                report(found, result);
            }
        }
        return 0;
    }

    private Verification.Result run(
            Registry open, VersionRecord found, Source source, Path work, Verification.Reading reading)
            throws IOException {
        try (SealProgress progress = new SealProgress();
                InputStream in = open.manifest(found);
                ManifestReader manifest = new ManifestReader(in)) {
            Verification.Result result = new Verification(source, work, this::tell).run(manifest, reading, progress);
            Registry.check(found, manifest);
            return result;
        } catch (ManifestException e) {
            throw open.damaged(found, e);
        }
    }

    private void tell(State state, String path, String why) {
        String word = state.name().toLowerCase(Locale.ROOT);
        if (!json) {
            System.out.println(word + "  " + path + "  " + why);
        } else if (listed.size() < LISTED_MAX) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("state", word);
            line.put("path", path);
            line.put("why", why);
            listed.add(line);
        }
    }

    private void report(VersionRecord found, Verification.Result result) {
        long missing = count(result, State.MISSING);
        long changed = count(result, State.CHANGED);
        long damaged = count(result, State.DAMAGED);
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("version", found.ref().toString());
            facts.put("digest", found.summary().tree().toString());
            facts.put("strength", found.summary().strength().toString());
            facts.put("clean", result.isClean());
            facts.put("files", result.files());
            facts.put("filesRead", result.read());
            facts.put("missing", missing);
            facts.put("changed", changed);
            facts.put("damaged", damaged);
            facts.put("added", count(result, State.ADDED));
            facts.put("findings", listed);
            System.out.println(Json.pretty(facts));
        }
        if (!result.isClean()) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "%s is not what was sealed: %,d missing, %,d changed, %,d damaged of %,d files",
                    found.ref(),
                    missing,
                    changed,
                    damaged,
                    result.files()));
        }
        if (!json) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%s is as it was sealed, %s: %,d files, %,d of them read",
                    found.ref(),
                    found.summary().strength(),
                    result.files(),
                    result.read()));
        }
    }

    private static long count(Verification.Result result, State state) {
        Long count = result.counts().get(state);
        return count == null ? 0 : count;
    }
}

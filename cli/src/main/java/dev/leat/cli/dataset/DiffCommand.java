package dev.leat.cli.dataset;

import dev.leat.cache.ByteSize;
import dev.leat.cli.CliException;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.registry.VersionRef;
import dev.leat.dataset.seal.Difference;
import dev.leat.dataset.seal.Difference.Change;
import dev.leat.dataset.seal.Difference.Tally;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat dataset diff}. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = {
            "Tells what differs between two versions: how many files and bytes were added, removed and changed.",
            "Files are compared by digest where both versions have them, else by what the source called them."
        },
        footer = {
            "",
            "Example: leat dataset diff imagenet@v2 imagenet@v3 --registry s3://bucket/registry",
            "Example: leat dataset diff imagenet@v2 imagenet@v3 --files --registry s3://bucket/registry >to-fetch.txt"
        })
final class DiffCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "NAME@VERSION", description = "The version before.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "NAME@VERSION", description = "The version after.")
    private String second = "";

    @Option(names = "--list", description = "Lists what differs: + added, - removed, ~ changed.")
    private boolean list;

    @Option(
            names = "--files",
            description = "Prints the paths of added and changed files alone, one a line: what a warm cache lacks.")
    private boolean files;

    @Option(
            names = "--json",
            description = "Prints JSON: the counts, and with --list a line for each path before them.")
    private boolean json;

    @Mixin
    private RegistryFlags registry = new RegistryFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        if (files && (list || json)) {
            throw CliException.misused("--files excludes --list and --json");
        }
        VersionRef from = Refs.parse(first);
        VersionRef to = Refs.parse(second);
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
        try (Registry open = registry.open(store)) {
            VersionRecord before = open.find(from);
            VersionRecord after = open.find(to);
            Map<Change, Tally> tallies = compare(open, before, after, out);
            if (json) {
                out.println(facts(before, after, tallies));
            } else if (!files) {
                out.print(text(before, after, tallies));
            }
        } finally {
            out.flush();
        }
        return 0;
    }

    private Map<Change, Tally> compare(Registry open, VersionRecord before, VersionRecord after, PrintStream out)
            throws IOException {
        VersionRecord reading = before;
        try (InputStream old = open.manifest(before);
                InputStream now = open.manifest(after);
                ManifestReader left = new ManifestReader(old)) {
            reading = after;
            try (ManifestReader right = new ManifestReader(now)) {
                Map<Change, Tally> tallies =
                        Difference.run(left, right, (change, was, is) -> show(change, was, is, out));
                Registry.check(after, right);
                reading = before;
                Registry.check(before, left);
                return tallies;
            }
        } catch (ManifestException e) {
            throw open.damaged(reading, e);
        }
    }

    private void show(Change change, @Nullable ManifestEntry was, @Nullable ManifestEntry is, PrintStream out) {
        ManifestEntry entry = is == null ? was : is;
        if (entry == null) {
            return;
        }
        if (files && change != Change.REMOVED && entry.isFile()) {
            out.println(entry.path());
        } else if (list && json) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("change", change.name().toLowerCase(Locale.ROOT));
            line.put("path", entry.path());
            line.put("bytes", entry.sizeBytes());
            out.println(Json.line(line));
        } else if (list) {
            char sign =
                    switch (change) {
                        case ADDED -> '+';
                        case REMOVED -> '-';
                        case CHANGED -> '~';
                    };
            out.println(sign + " " + entry.path());
        }
    }

    private static String facts(VersionRecord before, VersionRecord after, Map<Change, Tally> tallies) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("before", before.ref().toString());
        facts.put("after", after.ref().toString());
        facts.put("same", before.summary().tree().equals(after.summary().tree()));
        tallies.forEach((change, tally) -> {
            Map<String, Object> counts = new LinkedHashMap<>();
            counts.put("files", tally.files());
            counts.put("others", tally.others());
            counts.put("bytes", tally.bytes());
            facts.put(change.name().toLowerCase(Locale.ROOT), counts);
        });
        return Json.pretty(facts);
    }

    private static String text(VersionRecord before, VersionRecord after, Map<Change, Tally> tallies) {
        StringBuilder text = new StringBuilder();
        if (before.summary().tree().equals(after.summary().tree())) {
            text.append(before.ref() + " and " + after.ref() + " are the same tree\n");
        }
        tallies.forEach((change, tally) -> text.append(String.format(
                Locale.ROOT,
                "%-8s %,d files, %s%s%n",
                change.name().toLowerCase(Locale.ROOT),
                tally.files(),
                ByteSize.format(tally.bytes()),
                tally.others() == 0 ? "" : String.format(Locale.ROOT, "; %,d directories and links", tally.others()))));
        return text.toString();
    }
}

package dev.leat.cli.dataset;

import dev.leat.cache.ByteSize;
import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Json;
import dev.leat.cli.output.Table;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
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

/** {@code leat dataset ls}. */
@Command(
        name = "ls",
        mixinStandardHelpOptions = true,
        description = "Lists sealed versions.",
        footer = {
            "",
            "Example: leat dataset ls --registry s3://bucket/registry",
            "Example: leat dataset ls imagenet --json --registry file:///nfs/registry"
        })
final class ListCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "A data set. Default: all of them.")
    private @Nullable String name;

    @Option(names = "--json", description = "Prints JSON.")
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
        if (name != null) {
            Refs.word("name", name);
        }
        List<Object> all = new ArrayList<>();
        Table table = new Table("VERSION", "STRENGTH", "FILES", "SIZE", "SEALED", "TAGS", "DIGEST");
        try (Registry open = registry.open(store)) {
            Map<String, Map<String, String>> tags = new HashMap<>();
            for (VersionRecord version : open.versions(name)) {
                Map<String, String> of = tags.get(version.name());
                if (of == null) {
                    of = open.tags(version.name());
                    tags.put(version.name(), of);
                }
                List<String> own = tagsOf(of, version);
                Map<String, Object> facts = new LinkedHashMap<>(version.facts());
                facts.put("tags", own);
                all.add(facts);
                table.row(
                        version.ref().toString(),
                        version.summary().strength().toString(),
                        String.format(Locale.ROOT, "%,d", version.summary().files()),
                        ByteSize.format(version.summary().bytes()),
                        version.sealed().toString(),
                        String.join(",", own),
                        version.summary().tree().toString().substring(0, 19));
            }
        }
        System.out.print(json ? Json.pretty(all) + "\n" : table.toString());
        return 0;
    }

    static List<String> tagsOf(Map<String, String> tags, VersionRecord version) {
        return tags.entrySet().stream()
                .filter(tag -> tag.getValue().equals(version.version()))
                .map(Map.Entry::getKey)
                .toList();
    }
}

package dev.leat.cli.dataset;

import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat dataset show}. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Tells what is known of a sealed version.",
        footer = {"", "Example: leat dataset show imagenet@prod --registry s3://bucket/registry"})
final class ShowCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "NAME@VERSION", description = "A version, by its name, a tag or its digest.")
    private String version = "";

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
        try (Registry open = registry.open(store)) {
            VersionRecord found = open.find(Refs.parse(version));
            Map<String, Object> facts = new LinkedHashMap<>(found.facts());
            facts.put("tags", ListCommand.tagsOf(open.tags(found.name()), found));
            facts.put("pinned", open.isPinned(found));
            Facts.print(System.out, facts, json);
        }
        return 0;
    }
}

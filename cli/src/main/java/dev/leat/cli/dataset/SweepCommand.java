package dev.leat.cli.dataset;

import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.output.Facts;
import dev.leat.dataset.registry.Registry;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leat dataset gc}. */
@Command(
        name = "gc",
        mixinStandardHelpOptions = true,
        description =
                "Finds manifests that no version refers to, which interrupted commands leave behind, and deletes them when told to.",
        footer = {"", "Example: leat dataset gc --delete --registry s3://bucket/registry"})
final class SweepCommand implements Callable<Integer> {
    @Option(names = "--delete", description = "Deletes what is found. Default: only count it.")
    private boolean delete;

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
            List<String> found = open.garbage(delete);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("manifests", (long) found.size());
            facts.put("deleted", delete);
            Facts.print(System.out, facts, json);
        }
        return 0;
    }
}

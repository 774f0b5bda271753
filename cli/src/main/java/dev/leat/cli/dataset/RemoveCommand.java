package dev.leat.cli.dataset;

import dev.leat.cli.option.LogOptions;
import dev.leat.cli.option.RegistryFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.dataset.registry.Registry;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.registry.VersionRef;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat dataset rm}. */
@Command(
        name = "rm",
        mixinStandardHelpOptions = true,
        description = {
            "Removes versions from the registry; the data that they name stays where it lies.",
            "A version that is tagged or pinned is refused. Mounts that show it go on."
        },
        footer = {"", "Example: leat dataset rm imagenet@v1 imagenet@v2 --registry s3://bucket/registry"})
final class RemoveCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "NAME@VERSION", description = "Versions, by their names or digests.")
    private List<String> versions = List.of();

    @Option(names = "--force", description = "Also those that are tagged or pinned, with their tags.")
    private boolean force;

    @Mixin
    private RegistryFlags registry = new RegistryFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        List<VersionRef> refs = versions.stream().map(Refs::parse).toList();
        try (Registry open = registry.open(store)) {
            for (VersionRef ref : refs) {
                VersionRecord version = open.find(ref);
                boolean whole = open.remove(version, force);
                System.out.println(version.ref() + " is removed"
                        + (whole ? "" : "; its manifest stays, since another version has the same"));
            }
        }
        return 0;
    }
}

package dev.leat.cli.dataset;

import dev.leat.cli.CliException;
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

/** {@code leat dataset tag}. */
@Command(
        name = "tag",
        mixinStandardHelpOptions = true,
        description = {
            "Gives a version tags, taking each from the version that had it; or pins the version.",
            "Mounts show the version that a tag stood for when they were made."
        },
        footer = {
            "",
            "Example: leat dataset tag imagenet@v3 prod --registry s3://bucket/registry",
            "Example: leat dataset tag imagenet@prod --delete --registry s3://bucket/registry",
            "Example: leat dataset tag imagenet@v3 --pin --registry s3://bucket/registry"
        })
final class TagCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "NAME@VERSION",
            description = "A version, by its name, a tag or its digest; with --delete a tag.")
    private String version = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TAG", description = "Tags to give it.")
    private List<String> tags = List.of();

    @Option(names = "--delete", description = "Deletes the tag; the version stays.")
    private boolean delete;

    @Option(names = "--pin", description = "Keeps the version from being removed.")
    private boolean pin;

    @Option(names = "--unpin", description = "Keeps it no longer.")
    private boolean unpin;

    @Mixin
    private RegistryFlags registry = new RegistryFlags();

    @Mixin
    private StoreFlags store = new StoreFlags();

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        int asked = (delete ? 1 : 0) + (pin ? 1 : 0) + (unpin ? 1 : 0);
        if (asked > 1 || (delete && !tags.isEmpty())) {
            throw CliException.misused("--delete, --pin and --unpin exclude each other, and --delete further tags");
        }
        if (asked == 0 && tags.isEmpty()) {
            throw CliException.misused("give a tag, or --delete, --pin or --unpin");
        }
        VersionRef ref = Refs.parse(version);
        try (Registry open = registry.open(store)) {
            if (delete) {
                open.untag(ref.name(), ref.version());
                System.out.println("the tag " + ref + " is deleted");
                return 0;
            }
            VersionRecord found = open.find(ref);
            if (pin || unpin) {
                open.pin(found, pin);
                System.out.println(found.ref() + (pin ? " is pinned" : " is pinned no longer"));
            }
            for (String tag : tags) {
                open.tag(found, tag);
                System.out.println(found.name() + "@" + tag + " is " + found.ref());
            }
        }
        return 0;
    }
}

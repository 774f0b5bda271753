package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.dataset.registry.Registry;
import dev.leat.store.ObjectStore;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreOptions;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where sealed versions are kept. */
public final class RegistryFlags {
    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "Where sealed versions are kept: file:///DIRECTORY, s3://BUCKET/PREFIX, or "
                    + "https://ENDPOINT/BUCKET/PREFIX for a server other than that of the data.")
    private @Nullable String registry;

    /** Opens the registry that was named. */
    public Registry open(StoreFlags store) throws IOException {
        return Registry.open(store(store, false));
    }

    /** Opens the registry that was named, or makes it. */
    public Registry create(StoreFlags store) throws IOException {
        return Registry.create(store(store, true));
    }

    private ObjectStore store(StoreFlags flags, boolean make) throws IOException {
        String text = registry;
        if (text == null) {
            throw CliException.misused("give --registry URL, where sealed versions are kept: " + StoreUrl.FORMS);
        }
        StoreUrl url = url(text);
        StoreOptions options = flags.options(Map.of(), make, StoreLimits.NONE);
        if (url instanceof StoreUrl.Bucket bucket && bucket.endpoint() != null) {
            // What --endpoint names is where the data lies.
            options = options.withS3(null, options.s3());
        }
        try {
            OpenStore open = Stores.open(url, options);
            return open.store();
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NOT_FOUND) {
                throw CliException.failed(
                        "there is no registry in " + text + "; 'leat dataset seal' makes one, or check the address");
            }
            throw e;
        }
    }

    private static StoreUrl url(String text) {
        try {
            return StoreUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw CliException.misused("--registry: " + e.getMessage());
        }
    }
}

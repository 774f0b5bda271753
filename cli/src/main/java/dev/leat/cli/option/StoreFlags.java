package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreOptions;
import dev.leat.store.s3.S3Credentials;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the object store is reached. What belongs to the volume is kept in its record; credentials never are. */
public final class StoreFlags {
    @Option(names = "--endpoint", paramLabel = "URL", description = "Address of an S3 server that is not Amazon's.")
    private @Nullable String endpoint;

    @Option(names = "--region", paramLabel = "NAME", description = "Region to sign for. Default: the environment's.")
    private @Nullable String region;

    @Option(
            names = "--path-style",
            paramLabel = "true|false",
            arity = "0..1",
            fallbackValue = "true",
            description = "Whether the bucket stands in the path. Default: as the server is known to like it.")
    private @Nullable Boolean pathStyle;

    @Option(names = "--anonymous", description = "Sends no credentials, for public buckets.")
    private @Nullable Boolean anonymous;

    @Option(names = "--requester-pays", description = "Accepts the costs of a requester-pays bucket.")
    private @Nullable Boolean requesterPays;

    @Option(names = "--ca-bundle", paramLabel = "FILE", description = "PEM file of further certificate authorities.")
    private @Nullable Path caBundle;

    /** The facts that the volume's record keeps. */
    public Map<String, String> kept() {
        Map<String, String> kept = new LinkedHashMap<>();
        put(kept, "endpoint", endpoint);
        put(kept, "region", region);
        put(kept, "path-style", pathStyle);
        put(kept, "anonymous", anonymous);
        put(kept, "requester-pays", requesterPays);
        put(kept, "ca-bundle", caBundle == null ? null : caBundle.toAbsolutePath());
        return kept;
    }

    private static void put(Map<String, String> to, String name, @Nullable Object value) {
        if (value != null) {
            to.put(name, value.toString());
        }
    }

    /** Options for a store: what the volume's record keeps, overridden by these flags. */
    public StoreOptions options(Map<String, String> recorded, boolean makeDirectory, StoreLimits limits) {
        Map<String, String> all = new LinkedHashMap<>(recorded);
        all.putAll(kept());
        StoreOptions.Builder builder =
                StoreOptions.builder().makeDirectory(makeDirectory).limits(limits);
        String address = all.get("endpoint");
        if (address != null) {
            builder.endpoint(uri(address));
        }
        builder.region(all.get("region"));
        String style = all.get("path-style");
        if (style != null) {
            builder.pathStyle(Boolean.valueOf(style));
        }
        if (Boolean.parseBoolean(all.get("anonymous"))) {
            builder.credentials(new S3Credentials.Anonymous());
        }
        builder.requesterPays(Boolean.parseBoolean(all.get("requester-pays")));
        String bundle = all.get("ca-bundle");
        if (bundle != null) {
            builder.caBundle(Path.of(bundle));
        }
        return builder.build();
    }

    private static URI uri(String text) {
        try {
            URI uri = new URI(text);
            if (uri.getHost() == null || uri.getScheme() == null) {
                throw CliException.misused("'" + text + "' is no address; write http://HOST:PORT or https://HOST");
            }
            return uri;
        } catch (URISyntaxException e) {
            throw CliException.misused("'" + text + "' is no address: " + e.getReason());
        }
    }
}

package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreOptions;
import dev.leat.store.s3.S3Credentials;
import dev.leat.store.s3.S3Encryption;
import dev.leat.store.s3.S3Options;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the object store is reached. What belongs to the volume is kept in its record; credentials never are. */
public final class StoreFlags {
    private static final String SSE_KEY = "LEAT_SSE_KEY";

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "Address of an S3 server that is not Amazon's; of gs:// and az://, of another server.")
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

    @Option(
            names = "--account",
            paramLabel = "NAME",
            description = "Storage account of az://. Default: the address's, or AZURE_STORAGE_ACCOUNT.")
    private @Nullable String account;

    @Option(
            names = "--sse",
            paramLabel = "KIND",
            description =
                    "Server-side encryption: AES256, aws:kms, aws:kms:KEY, or customer with the key in LEAT_SSE_KEY. "
                            + "Default: as the bucket is configured.")
    private @Nullable String sse;

    @Option(names = "--ca-bundle", paramLabel = "FILE", description = "PEM file of further certificate authorities.")
    private @Nullable Path caBundle;

    @Option(
            names = "--hedge",
            paramLabel = "true|false",
            arity = "0..1",
            fallbackValue = "true",
            description =
                    "Whether a range of an S3 bucket whose answer is later than 95 of 100 is asked for once more, one "
                            + "in ten at most. Default: true.")
    private @Nullable Boolean hedge;

    @Mixin
    private KeyFlags keys = new KeyFlags();

    /** The master key of the volume in it, if that is encrypted. */
    public KeyFlags keys() {
        return keys;
    }

    /** The facts that the volume's record keeps. */
    public Map<String, String> kept() {
        Map<String, String> kept = new LinkedHashMap<>();
        put(kept, "endpoint", endpoint);
        put(kept, "region", region);
        put(kept, "path-style", pathStyle);
        put(kept, "anonymous", anonymous);
        put(kept, "requester-pays", requesterPays);
        put(kept, "account", account);
        put(kept, "sse", sse);
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
        String address = all.get("endpoint");
        StoreOptions options = StoreOptions.DEFAULT
                .withLimits(limits)
                .withHedge(hedge == null || hedge)
                .withS3(address == null ? null : uri(address), bucket -> settings(all, bucket))
                .withCloud(new StoreOptions.Cloud(
                        all.get("account"),
                        Boolean.parseBoolean(all.get("anonymous")),
                        Boolean.parseBoolean(all.get("requester-pays"))));
        return makeDirectory ? options.makingDirectory() : options;
    }

    private static S3Options.Builder settings(Map<String, String> all, S3Options.Builder bucket) {
        bucket.region(all.get("region"));
        String style = all.get("path-style");
        if (style != null) {
            bucket.pathStyle(Boolean.valueOf(style));
        }
        if (Boolean.parseBoolean(all.get("anonymous"))) {
            bucket.credentials(new S3Credentials.Anonymous());
        }
        bucket.requesterPays(Boolean.parseBoolean(all.get("requester-pays")));
        String encryption = all.get("sse");
        if (encryption != null) {
            bucket.encryption(encryption(encryption, System.getenv(SSE_KEY)));
        }
        String bundle = all.get("ca-bundle");
        if (bundle != null) {
            bucket.caBundle(Path.of(bundle));
        }
        return bucket;
    }

    /** What {@code --sse} says; the key of SSE-C comes from the environment only, since a volume's record is no place for it. */
    static S3Encryption encryption(String text, @Nullable String customerKey) {
        if (text.equals("AES256")) {
            return new S3Encryption.ServerKeys();
        }
        if (text.equals("aws:kms")) {
            return new S3Encryption.Kms(null);
        }
        if (text.startsWith("aws:kms:") && text.length() > "aws:kms:".length()) {
            return new S3Encryption.Kms(text.substring("aws:kms:".length()));
        }
        if (!text.equals("customer")) {
            throw CliException.misused(
                    "--sse '" + text + "' is not known; write AES256, aws:kms, aws:kms:KEY or customer");
        }
        if (customerKey == null) {
            throw CliException.misused(
                    "--sse customer needs the key, 32 bytes in Base64, in the environment as " + SSE_KEY);
        }
        try {
            return new S3Encryption.CustomerKey(Base64.getDecoder().decode(customerKey.strip()));
        } catch (IllegalArgumentException e) {
            throw CliException.misused(SSE_KEY + " is no AES-256 key: give 32 bytes in Base64");
        }
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

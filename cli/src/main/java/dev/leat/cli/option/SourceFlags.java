package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.dataset.tree.Freshness;
import dev.leat.dataset.tree.Ownership;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreOptions;
import dev.leat.store.s3.S3Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The options of one source among several: its own, and for what it leaves out those of the whole mount. */
public final class SourceFlags {
    private final Own own = new Own();
    private final SourceSpec spec;
    private final StoreFlags store;
    private final DatasetFlags dataset;
    private final StoreLimits limits;

    /** What can be said of one source, read by the same words as on the command line. */
    @Command
    private static final class Own implements Runnable {
        @Mixin
        private StoreFlags store = new StoreFlags();

        @Mixin
        private DatasetFlags dataset = new DatasetFlags();

        @Mixin
        private MountFlags flags = new MountFlags();

        @Override
        public void run() {}
    }

    /**
     * Reads the options of {@code spec}; what is wrong is misuse.
     *
     * @param store of the whole mount
     * @param dataset of the whole mount
     * @param limits of each source that sets none
     */
    public SourceFlags(SourceSpec spec, StoreFlags store, DatasetFlags dataset, StoreLimits limits) {
        this.spec = spec;
        this.store = store;
        this.dataset = dataset;
        this.limits = limits;
        try {
            new CommandLine(own)
                    .parseArgs(spec.options().entrySet().stream()
                            .map(option -> "--" + option.getKey() + "=" + option.getValue())
                            .toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
            throw CliException.misused("mount " + spec.name() + ": " + e.getMessage());
        }
    }

    /** How long its answers are taken for true. */
    public Freshness freshness() {
        return own.dataset.over(dataset).freshness();
    }

    /** Whether its shards are shown as directories. */
    public boolean expand() {
        return own.dataset.over(dataset).expand();
    }

    /** What its files are shown as where it has no owners. */
    public Ownership ownership() {
        return own.dataset.over(dataset).ownership();
    }

    /** How much of it may be used at a time. */
    private StoreLimits limits() {
        StoreLimits asked = own.flags.storeLimits();
        Map<String, String> given = spec.options();
        return new StoreLimits(
                given.containsKey("requests-in-flight") ? asked.requestsInFlightMax() : limits.requestsInFlightMax(),
                given.containsKey("request-limit") ? asked.requestsPerSecond() : limits.requestsPerSecond(),
                0,
                given.containsKey("download-limit") ? asked.downloadBytesPerSecond() : limits.downloadBytesPerSecond());
    }

    /** PEM file of further certificate authorities. */
    public @Nullable Path caBundle() {
        String bundle = own.store.kept().getOrDefault("ca-bundle", store.kept().get("ca-bundle"));
        return bundle == null ? null : Path.of(bundle);
    }

    /** How it is reached, with its credentials, which are read now. */
    public StoreOptions options() {
        StoreOptions options = own.store.options(store.kept(), false, limits());
        S3Credentials credentials = credentials();
        return credentials == null
                ? options
                : options.withS3(
                        options.endpoint(), bucket -> options.s3().apply(bucket).credentials(credentials));
    }

    private @Nullable S3Credentials credentials() {
        if (spec.credentials().isEmpty()) {
            return null;
        }
        String profile = spec.credentials().get("profile");
        if (profile != null) {
            return new S3Credentials.DefaultChain(profile);
        }
        String access = secret("access-key");
        String secret = secret("secret-key");
        if (access == null || secret == null) {
            throw CliException.misused("mount " + spec.name()
                    + ": credentials need access-key-file and secret-key-file (or …-env), or a profile");
        }
        return new S3Credentials.Keys(access, secret, secret("session-token"));
    }

    private @Nullable String secret(String what) {
        String file = spec.credentials().get(what + "-file");
        String variable = spec.credentials().get(what + "-env");
        if (file != null) {
            try {
                return Files.readString(Path.of(file)).strip();
            } catch (IOException e) {
                throw CliException.failed("mount " + spec.name() + ": " + what + "-file " + file + " cannot be read: "
                        + e.getClass().getSimpleName());
            }
        }
        if (variable == null) {
            return null;
        }
        String value = System.getenv(variable);
        if (value == null) {
            throw CliException.failed("mount " + spec.name() + ": " + what + "-env names " + variable
                    + ", which is not in the environment of the mount");
        }
        return value;
    }
}

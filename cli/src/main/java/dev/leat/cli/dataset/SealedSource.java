package dev.leat.cli.dataset;

import dev.leat.cli.CliException;
import dev.leat.cli.Version;
import dev.leat.cli.option.StoreFlags;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.registry.VersionRecord;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreLimits;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The source of a version: how it is opened, and what is kept so that others can open it. */
public final class SealedSource {
    private SealedSource() {}

    /** Opens what lies at an address. */
    public static Source open(String address, Map<String, String> kept, StoreFlags flags, StoreLimits limits)
            throws StoreException {
        SourceUrl url;
        try {
            url = SourceUrl.parse(address);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(String.valueOf(e.getMessage()));
        }
        String bundle = flags.kept().get("ca-bundle");
        return Sources.open(
                url,
                flags.options(kept, false, limits),
                "leat/" + Version.text(),
                bundle == null ? null : Path.of(bundle));
    }

    /** Opens the source of a version, as it was opened when it was sealed unless the flags say otherwise. */
    public static Source open(VersionRecord version, StoreFlags flags, StoreLimits limits) throws StoreException {
        return open(version.source(), version.sourceOptions(), flags, limits);
    }

    /** The address that others find the source by. */
    static String address(String given, Source source) {
        return SourceUrl.parse(given) instanceof SourceUrl.Bucket bucket
                ? bucket.url().toString()
                : source.location();
    }

    /** What others have to tell the source; not what only this machine has. */
    static Map<String, String> kept(StoreFlags flags) {
        Map<String, String> kept = new LinkedHashMap<>(flags.kept());
        kept.remove("ca-bundle");
        return kept;
    }
}

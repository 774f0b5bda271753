package dev.leat.dataset.registry;

import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.manifest.Strength;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a registry says of a version. It never changes.
 *
 * @param name the data set
 * @param version the version
 * @param summary strength, counts and digests of its manifest
 * @param manifestKey where in the registry the manifest lies
 * @param source where its bytes lie: an address without credentials
 * @param sourceOptions what else the source has to be told, such as {@code endpoint}
 * @param leftOut names of the source that no file system can show
 * @param sealed when, by the clock of who sealed it
 * @param note what its maker says of it; may be empty
 * @param from the versions that it was made from, as its maker says
 */
public record VersionRecord(
        String name,
        String version,
        ManifestSummary summary,
        String manifestKey,
        String source,
        Map<String, String> sourceOptions,
        long leftOut,
        Instant sealed,
        String note,
        List<String> from) {
    private static final long FORMAT = 1;

    /** Keeps copies. */
    public VersionRecord {
        sourceOptions = Map.copyOf(sourceOptions);
        from = List.copyOf(from);
    }

    /** The same with its manifest elsewhere. */
    VersionRecord at(String key) {
        return new VersionRecord(name, version, summary, key, source, sourceOptions, leftOut, sealed, note, from);
    }

    /** Its name. */
    public VersionRef ref() {
        return new VersionRef(name, version);
    }

    /** As it is kept, and shown. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("format", FORMAT);
        facts.put("name", name);
        facts.put("version", version);
        facts.put("digest", summary.tree().toString());
        facts.put("strength", summary.strength().toString());
        facts.put("source", source);
        facts.put("sourceOptions", new java.util.TreeMap<>(sourceOptions));
        facts.put("files", summary.files());
        facts.put("directories", summary.directories());
        facts.put("links", summary.links());
        facts.put("totalBytes", summary.bytes());
        facts.put("leftOut", leftOut);
        facts.put("sealed", sealed.toString());
        facts.put("note", note);
        facts.put("from", from);
        facts.put("manifest", summary.manifest().toString());
        facts.put("manifestKey", manifestKey);
        return facts;
    }

    /** Reads what {@link #facts} gave; throws IllegalArgumentException or DateTimeException for anything else. */
    static VersionRecord of(Map<?, ?> facts) {
        if (number(facts, "format") != FORMAT) {
            throw new IllegalArgumentException("it is of a form that needs a newer version of Leat");
        }
        Strength strength =
                switch (text(facts, "strength")) {
                    case "weak" -> Strength.WEAK;
                    case "strong" -> Strength.STRONG;
                    default -> throw new IllegalArgumentException("its strength is not known");
                };
        ManifestSummary summary = new ManifestSummary(
                strength,
                number(facts, "files"),
                number(facts, "directories"),
                number(facts, "links"),
                number(facts, "totalBytes"),
                Sha256.parse(text(facts, "digest")),
                Sha256.parse(text(facts, "manifest")));
        Map<String, String> options = new LinkedHashMap<>();
        if (facts.get("sourceOptions") instanceof Map<?, ?> kept) {
            kept.forEach((key, value) -> options.put(String.valueOf(key), String.valueOf(value)));
        }
        List<String> from = new ArrayList<>();
        if (facts.get("from") instanceof List<?> list) {
            list.forEach(one -> from.add(String.valueOf(one)));
        }
        return new VersionRecord(
                text(facts, "name"),
                text(facts, "version"),
                summary,
                text(facts, "manifestKey"),
                text(facts, "source"),
                options,
                number(facts, "leftOut"),
                instant(text(facts, "sealed")),
                text(facts, "note"),
                from);
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("its time of sealing makes no sense", e);
        }
    }

    private static String text(Map<?, ?> facts, String name) {
        @Nullable Object value = facts.get(name);
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("it has no '" + name + "'");
    }

    private static long number(Map<?, ?> facts, String name) {
        @Nullable Object value = facts.get(name);
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new IllegalArgumentException("it has no '" + name + "'");
    }
}

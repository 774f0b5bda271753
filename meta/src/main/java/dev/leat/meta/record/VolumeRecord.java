package dev.leat.meta.record;

import dev.leat.meta.engine.MetaException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A volume: what {@code format} fixed and {@code config} changes.
 *
 * @param name its name
 * @param uuid its identity
 * @param incarnation random; changed by load and restore, and part of cache directories, peer keys and object names
 * @param formatVersion of the keys and records as a whole
 * @param compatible features that an older Leat may ignore
 * @param readOnlyCompatible features that an older Leat may ignore while it only reads
 * @param incompatible features that an older Leat must not ignore
 * @param storeUrl where the blobs are
 * @param storeOptions how the store is reached; no secrets
 * @param blockSizeBytes unit in which blobs are fetched
 * @param trashDays how long removed files are kept; 0 for not at all
 * @param createdBy version of Leat that formatted it
 * @param options whatever else is set for the volume, by name
 */
public record VolumeRecord(
        String name,
        UUID uuid,
        long incarnation,
        int formatVersion,
        long compatible,
        long readOnlyCompatible,
        long incompatible,
        String storeUrl,
        Map<String, String> storeOptions,
        int blockSizeBytes,
        int trashDays,
        String createdBy,
        Map<String, String> options) {
    /** The format that this Leat writes. */
    public static final int FORMAT_VERSION = 1;

    /** 4 MiB: large enough that a GET's latency is small beside its transfer. */
    public static final int BLOCK_SIZE_DEFAULT = 4 << 20;

    /** An incompatible feature: blobs lie in frames that are compressed; the option {@code compress} says how. */
    public static final long COMPRESSED = 1;

    /** An incompatible feature: blobs are encrypted; options say how, and hold the wrapped key. */
    public static final long ENCRYPTED = 2;

    /** Incompatible features that this Leat knows. */
    public static final long INCOMPATIBLE_KNOWN = COMPRESSED | ENCRYPTED;

    /** Read-only-compatible features that this Leat knows. */
    public static final long READ_ONLY_COMPATIBLE_KNOWN = 0;

    /** An option: whether files can have POSIX ACLs, {@link #ON} or {@link #OFF}. */
    public static final String ACL = "acl";

    /** A switch that is on. */
    public static final String ON = "on";

    /** A switch that is off. */
    public static final String OFF = "off";

    private static final int VERSION = 1;

    /** Copies the maps. */
    public VolumeRecord {
        storeOptions = Map.copyOf(storeOptions);
        options = Map.copyOf(options);
    }

    /** A new volume of this format, with a new identity. */
    public static VolumeRecord create(
            String name,
            String storeUrl,
            Map<String, String> storeOptions,
            int trashDays,
            long incarnation,
            String createdBy) {
        return new VolumeRecord(
                name,
                UUID.randomUUID(),
                incarnation,
                FORMAT_VERSION,
                0,
                0,
                0,
                storeUrl,
                storeOptions,
                BLOCK_SIZE_DEFAULT,
                trashDays,
                createdBy,
                Map.of());
    }

    /** Whether files can have POSIX ACLs; those of a volume that does not say can. */
    public boolean hasAcls() {
        return !OFF.equals(options.get(ACL));
    }

    /** The same with one more option, or another value of it. */
    public VolumeRecord withOption(String option, String value) {
        return withFeature(0, Map.of(option, value));
    }

    /** The same with one more incompatible feature and the options that it has. */
    public VolumeRecord withFeature(long feature, Map<String, String> more) {
        Map<String, String> all = new HashMap<>(options);
        all.putAll(more);
        return new VolumeRecord(
                name,
                uuid,
                incarnation,
                formatVersion,
                compatible,
                readOnlyCompatible,
                incompatible | feature,
                storeUrl,
                storeOptions,
                blockSizeBytes,
                trashDays,
                createdBy,
                all);
    }

    /** As a value. */
    public byte[] encode() {
        return new RecordWriter(VERSION)
                .number(formatVersion)
                .number(compatible)
                .number(readOnlyCompatible)
                .number(incompatible)
                .text(createdBy)
                .text(name)
                .fixed(uuid.getMostSignificantBits())
                .fixed(uuid.getLeastSignificantBits())
                .fixed(incarnation)
                .text(storeUrl)
                .texts(storeOptions)
                .number(blockSizeBytes)
                .number(trashDays)
                .texts(options)
                .toBytes();
    }

    /** The record in a value. */
    public static VolumeRecord decode(byte[] bytes) throws MetaException {
        return RecordReader.read("volume record", bytes, VERSION, in -> {
            int formatVersion = (int) in.number();
            long compatible = in.number();
            long readOnlyCompatible = in.number();
            long incompatible = in.number();
            String createdBy = in.text();
            return new VolumeRecord(
                    in.text(),
                    new UUID(in.fixed(), in.fixed()),
                    in.fixed(),
                    formatVersion,
                    compatible,
                    readOnlyCompatible,
                    incompatible,
                    in.text(),
                    in.texts(),
                    (int) in.number(),
                    (int) in.number(),
                    createdBy,
                    in.texts());
        });
    }
}

package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.option.KeyFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.usage.Quotas;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
import dev.leat.store.blob.DataKey;
import dev.leat.store.key.MasterKey;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes the settings of a volume. */
public final class VolumeConfig {
    private VolumeConfig() {}

    /**
     * Changes what is given. Another store, or another way to it, is tried first: it must hold the volume's marker.
     *
     * @param store where the objects lie now; null to leave it
     * @param flags how the store is reached; those not given stay
     * @param trashDays how long removed files are kept, 0 for not at all; null to leave it
     * @param acls whether files can have POSIX ACLs from now on; if not, that is left as it is
     */
    public static VolumeRecord change(
            String source, @Nullable String store, StoreFlags flags, @Nullable Integer trashDays, boolean acls)
            throws IOException {
        if (trashDays != null) {
            VolumeFormat.checkedTrashDays(trashDays);
        }
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            VolumeRecord before = Volumes.load(engine);
            StoreUrl url = StoreUrl.parse(store == null ? before.storeUrl() : store);
            if (store != null || !flags.kept().isEmpty()) {
                requireMarker(url, before, flags);
            }
            return VolumeChange.apply(engine, record -> {
                Map<String, String> options = new LinkedHashMap<>(record.storeOptions());
                options.putAll(flags.kept());
                String storeUrl = store == null ? record.storeUrl() : url.toString();
                VolumeRecord changed =
                        with(record, storeUrl, options, trashDays == null ? record.trashDays() : trashDays);
                return acls ? changed.withOption(VolumeRecord.ACL, VolumeRecord.ON) : changed;
            });
        }
    }

    /**
     * Limits the whole volume; running mounts hear of it.
     *
     * @param bytesMax most bytes, 0 for no limit; null to leave it
     * @param inodesMax most inodes, 0 for no limit; null to leave it
     */
    public static void limit(String source, @Nullable Long bytesMax, @Nullable Long inodesMax) throws IOException {
        try (JoinedVolume volume = JoinedVolume.open(source, "config")) {
            Quotas quotas = volume.fs().quotas();
            Quotas.Quota before = quotas.get(0);
            long bytes = bytesMax != null ? bytesMax : before == null ? 0 : before.bytesMax();
            long inodes = inodesMax != null ? inodesMax : before == null ? 0 : before.inodesMax();
            if (bytes != 0 || inodes != 0) {
                quotas.set(0, bytes, inodes);
            } else if (before != null) {
                quotas.delete(0);
            }
        }
    }

    private static void requireMarker(StoreUrl url, VolumeRecord record, StoreFlags flags) throws IOException {
        try (OpenStore open = Stores.open(url, flags.options(record.storeOptions(), false, StoreLimits.NONE))) {
            new VolumeMarker(record.uuid(), record.incarnation()).require(open.store());
        }
    }

    /** Lets this incarnation delete from the store. */
    public static void takeOver(String source, StoreFlags flags) throws IOException {
        try (OpenVolume volume = OpenVolume.open(source, flags)) {
            volume.marker().takeOver(volume.store());
        }
    }

    /** Wraps the volume's data key by another master key, in one commit; no data is touched, and mounts go on. */
    public static void rotateKey(String source, KeyFlags keys, @Nullable MasterKey next) throws IOException {
        if (next == null) {
            throw CliException.misused("--rotate-key needs the new key: --new-encrypt-key FILE, "
                    + "--new-encrypt-passphrase-file FILE, or the passphrase in LEAT_NEW_ENCRYPT_PASSPHRASE");
        }
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            MasterKey before = keys.given();
            VolumeChange.apply(engine, record -> {
                String wrapped = VolumeBlobs.wrappedKey(record);
                if (wrapped == null) {
                    throw CliException.failed("the volume " + record.name()
                            + " is not encrypted, so it has no key to rotate; encryption is chosen by 'leat format'");
                }
                DataKey key = VolumeBlobs.dataKey("the volume " + record.name(), wrapped, before);
                return record.withFeature(VolumeRecord.ENCRYPTED, Map.of(VolumeBlobs.KEY, next.wrap(key)));
            });
        }
    }

    private static VolumeRecord with(
            VolumeRecord record, String storeUrl, Map<String, String> storeOptions, int trashDays) {
        return new VolumeRecord(
                record.name(),
                record.uuid(),
                record.incarnation(),
                record.formatVersion(),
                record.compatible(),
                record.readOnlyCompatible(),
                record.incompatible(),
                storeUrl,
                storeOptions,
                record.blockSizeBytes(),
                trashDays,
                record.createdBy(),
                record.options());
    }
}

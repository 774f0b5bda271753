package dev.leat.cli.volume;

import dev.leat.cli.option.StoreFlags;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.OpenStore;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreUrl;
import dev.leat.store.Stores;
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
     */
    public static VolumeRecord change(String source, @Nullable String store, StoreFlags flags) throws IOException {
        try (MetaEngine engine = MetaEngines.open(MetaUrl.parse(source), OpenMode.EXISTING)) {
            VolumeRecord before = Volumes.load(engine);
            StoreUrl url = StoreUrl.parse(store == null ? before.storeUrl() : store);
            if (store != null || !flags.kept().isEmpty()) {
                requireMarker(url, before, flags);
            }
            return VolumeChange.apply(engine, record -> {
                Map<String, String> options = new LinkedHashMap<>(record.storeOptions());
                options.putAll(flags.kept());
                return with(record, store == null ? record.storeUrl() : url.toString(), options);
            });
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

    private static VolumeRecord with(VolumeRecord record, String storeUrl, Map<String, String> storeOptions) {
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
                record.trashDays(),
                record.createdBy(),
                record.options());
    }
}

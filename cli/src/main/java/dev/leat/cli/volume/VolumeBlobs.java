package dev.leat.cli.volume;

import dev.leat.meta.record.VolumeRecord;
import dev.leat.store.ObjectStore;
import dev.leat.store.blob.BlobForm;
import dev.leat.store.blob.BlobStore;
import dev.leat.store.blob.Compression;
import java.util.Map;

/** The form of a volume's blobs, as its record has it. */
public final class VolumeBlobs {
    private static final String COMPRESS = "compress";

    private VolumeBlobs() {}

    /** The blobs of a volume in its store. */
    public static BlobStore open(VolumeRecord volume, ObjectStore store) {
        return new BlobForm(compression(volume)).open(store);
    }

    /** How a volume's blobs are compressed. */
    public static Compression compression(VolumeRecord volume) {
        return (volume.incompatible() & VolumeRecord.COMPRESSED) == 0
                ? Compression.NONE
                : Compression.parse(volume.options().getOrDefault(COMPRESS, ""));
    }

    /** A new volume's record with its form in it. */
    static VolumeRecord with(VolumeRecord volume, Compression compression) {
        return compression == Compression.NONE
                ? volume
                : volume.withFeature(VolumeRecord.COMPRESSED, Map.of(COMPRESS, compression.toString()));
    }
}

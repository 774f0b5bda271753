package dev.leat.cli.mount;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BlobSource;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TierSpec;
import dev.leat.cache.TieredCache;
import dev.leat.cli.option.MountFlags;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.meta.record.VolumeRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** How the parts of a mount are opened from its options. */
final class VolumeAccess {
    private VolumeAccess() {}

    /** Opens the cache of a volume; its folders carry the volume's identity and incarnation. */
    static TieredCache cache(MountFlags flags, VolumeRecord volume, BlobSource origin, BufferPool buffers)
            throws IOException {
        return BlobCaches.open(SourceIdentity.of(volume), flags.tiers(), origin, buffers);
    }

    /** The run of this machine, as a number: another one after each start. */
    static long boot() throws IOException {
        String id = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        return UUID.fromString(id).getLeastSignificantBits();
    }

    /** The folder of work files: as asked for, or beside the cache, one for each mount point. */
    static Path workDirectory(MountFlags flags, VolumeRecord volume, String mountName) {
        Path chosen = flags.workDirectory();
        if (chosen == null) {
            List<TierSpec> tiers = flags.tiers();
            chosen = tiers.getFirst().directories().getFirst().resolve("work");
        }
        return chosen.resolve(SourceIdentity.of(volume)).resolve(mountName);
    }
}

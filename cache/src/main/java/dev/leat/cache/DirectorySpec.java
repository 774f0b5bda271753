package dev.leat.cache;

/**
 * The limits of one directory of a tier.
 *
 * @param medium what it is made of
 * @param volume volume and incarnation that its bytes belong to
 * @param quotaBytes most bytes held
 * @param highBytes eviction starts above
 * @param lowBytes eviction ends at
 * @param freeFloorBytes bytes of the file system to leave free
 * @param inodesMax most files
 * @param memory whether it is a tmpfs, whose reads never wait for a disk
 */
record DirectorySpec(
        Medium medium,
        String volume,
        long quotaBytes,
        long highBytes,
        long lowBytes,
        long freeFloorBytes,
        long inodesMax,
        boolean memory) {

    /** Members of packs may leave blocks mostly empty, so there are more slots than full blocks would need. */
    private static final int SLOTS_PER_BLOCK = 4;

    /** The part of a tier's limits that falls to one directory, by its share of the tier's room. */
    static DirectorySpec of(TierSpec tier, double share, String volume, boolean memory) {
        long quota = Math.max(TierSpec.QUOTA_MIN_BYTES, (long) (tier.quotaBytes() * share));
        // Two blocks of a small quota stay free, or a fill would have to wait for space each time.
        long high = Math.min((long) (quota * tier.highWatermark()), quota - 2L * Geometry.BLOCK_BYTES);
        return new DirectorySpec(
                tier.medium(),
                volume,
                quota,
                high,
                Math.min(high, (long) (quota * tier.lowWatermark())),
                tier.freeFloorBytes(),
                tier.inodesMax(),
                memory);
    }

    int slotsMax() {
        return (int) Math.min((1 << 28) - 1, (quotaBytes >> Geometry.BLOCK_SHIFT) * SLOTS_PER_BLOCK + 256);
    }
}

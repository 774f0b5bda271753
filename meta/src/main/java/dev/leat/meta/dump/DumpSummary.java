package dev.leat.meta.dump;

import dev.leat.meta.record.VolumeRecord;

/**
 * What a dump holds.
 *
 * @param volume the volume's record; after a load with the new incarnation
 * @param entries keys that were written or removed, in the dump's order
 */
public record DumpSummary(VolumeRecord volume, long entries) {}

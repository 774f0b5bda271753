package dev.leat.fuse.wire;

/**
 * The answer to STATX: the attributes and the time of birth.
 *
 * @param mask which fields are valid, as {@code STATX_*}: basic is 0x7ff, with birth time 0xfff
 * @param attributes bits such as STATX_ATTR_IMMUTABLE that are set
 * @param attributesMask bits of {@code attributes} that this file system knows
 */
public record StatxOut(
        Attr attr, int mask, long attributes, long attributesMask, long btimeSec, int btimeNsec, long ttlNanos) {}

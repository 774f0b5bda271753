package dev.leat.cache;

/** What a cache tier is made of; tiers are asked in this order. */
public enum Medium {
    /** A tmpfs: memory, charged to whoever writes it. */
    MEM,
    /** Flash. */
    SSD,
    /** Spinning disks. */
    HDD
}

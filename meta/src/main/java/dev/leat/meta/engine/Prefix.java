package dev.leat.meta.engine;

/**
 * All keys of a partition that start with some bytes.
 *
 * @param partition the partition
 * @param start the bytes they start with; empty for the whole partition
 */
public record Prefix(Bytes partition, Bytes start) {
    /** Whether a key is among them. */
    public boolean covers(Key key) {
        return key.partition().equals(partition) && key.name().startsWith(start);
    }
}

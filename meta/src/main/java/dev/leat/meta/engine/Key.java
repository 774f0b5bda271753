package dev.leat.meta.engine;

/**
 * Where a value lies: a partition, and a key that is ordered inside it. Both together are at most 512 bytes.
 *
 * @param partition groups what is scanned together, such as one directory
 * @param name the key inside the partition
 */
public record Key(Bytes partition, Bytes name) implements Comparable<Key> {
    /** Mixed: entries of neighbouring directories under the same names would else collide by the hundred. */
    @Override
    public int hashCode() {
        int h = partition.hashCode() * 0x9E3779B9 + name.hashCode();
        h = (h ^ h >>> 16) * 0x85EBCA6B;
        return h ^ h >>> 13;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Key other && name.equals(other.name) && partition.equals(other.partition);
    }

    @Override
    public int compareTo(Key other) {
        int order = partition.compareTo(other.partition);
        return order != 0 ? order : name.compareTo(other.name);
    }
}

package dev.leat.meta.engine;

import java.util.Comparator;

/**
 * Where a value lies: a partition, and a key that is ordered inside it. Both together are at most 512 bytes.
 *
 * @param partition groups what is scanned together, such as one directory
 * @param name the key inside the partition
 */
public record Key(Bytes partition, Bytes name) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
            Comparator.comparing(Key::partition).thenComparing(Key::name);

    @Override
    public int compareTo(Key other) {
        return ORDER.compare(this, other);
    }
}

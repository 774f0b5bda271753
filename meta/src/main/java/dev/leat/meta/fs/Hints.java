package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers in which entry an inode's record was last seen, so that most inodes are found in one round trip; and the other way round, so that it is known
 * which inode changed when an entry did. Only a hint: whoever uses it looks whether the entry still leads to the inode.
 *
 * <p>Concurrency: stripes, each with its own lock.
 */
final class Hints {
    private final Striped<Long, Key> entries;
    private final Striped<Key, Long> inodes;

    /**
     * An empty memory.
     *
     * @param inodes most inodes to remember, at about 250 bytes each
     */
    Hints(int inodes) {
        this.entries = new Striped<>(inodes);
        this.inodes = new Striped<>(inodes);
    }

    @Nullable
    Key get(long ino) {
        return entries.get(ino);
    }

    /** The inode last seen at an entry. */
    @Nullable
    Long at(Key entry) {
        return inodes.get(entry);
    }

    void put(long ino, Key entry) {
        entries.put(ino, entry);
        inodes.put(entry, ino);
    }

    void remove(long ino) {
        entries.remove(ino);
    }

    /** A bounded map. */
    private static final class Striped<K, V> {
        private static final int STRIPES = 16;

        private final List<Stripe<K, V>> stripes = new ArrayList<>(STRIPES);

        Striped(int most) {
            for (int i = 0; i < STRIPES; i++) {
                stripes.add(new Stripe<>(Math.max(1, most / STRIPES)));
            }
        }

        @Nullable
        V get(K key) {
            Stripe<K, V> stripe = stripe(key);
            synchronized (stripe) {
                return stripe.get(key);
            }
        }

        void put(K key, V value) {
            Stripe<K, V> stripe = stripe(key);
            synchronized (stripe) {
                stripe.put(key, value);
            }
        }

        void remove(K key) {
            Stripe<K, V> stripe = stripe(key);
            synchronized (stripe) {
                stripe.remove(key);
            }
        }

        private Stripe<K, V> stripe(K key) {
            return stripes.get((key.hashCode() * 0x9E3779B9) >>> 28);
        }
    }

    /** The least recently used go first. */
    private static final class Stripe<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        private final int most;

        Stripe(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
        }
    }
}

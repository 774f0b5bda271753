package dev.leat.meta.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What the parts of the contract suite ask of an engine's test, and the few words they share. */
public interface ContractVolume {

    /** Connects one more client to the volume of this test; the suite closes it. */
    MetaEngine client() throws Exception;

    /** Makes the volume forget all events of its feed so far. */
    void trimFeed() throws Exception;

    /** Cuts all connections once, as a failover does; nothing for an engine without connections. */
    default void cutConnections() throws Exception {}

    /**
     * Whether the feed's order is the order in which reads see all commits. Where it is false, it still is for any two commits that
     * touch a common key.
     */
    default boolean feedOrdersReads() {
        return true;
    }

    /** How much of the random work to do; more for a slow engine makes no sense. */
    default double effort() {
        return 1;
    }

    /** A key in partition {@code D1}. */
    static Key key(String name) {
        return key("D1", name);
    }

    /** A key of text. */
    static Key key(String partition, String name) {
        return new Key(Bytes.of(partition), Bytes.of(name));
    }

    /** A put of text. */
    static Write put(Key key, String text) {
        return new Write.Put(key, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** A merge that adds to one sum. */
    static Write add(Key key, long amount) {
        return new Write.Merge(key, new Cell(new long[] {amount}, new long[0]), new long[0]);
    }

    /** The value at a key, null if there is none. */
    static @Nullable Value read(MetaEngine engine, Key key) throws MetaException {
        return engine.get(List.of(key), List.of()).get(key);
    }

    /** The text at a key, null if there is none. */
    static @Nullable String text(MetaEngine engine, Key key) throws MetaException {
        Value value = read(engine, key);
        return value == null ? null : new String(value.bytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The stamp at a key that has a value. */
    static Stamp stampAt(MetaEngine engine, Key key) throws MetaException {
        Value value = read(engine, key);
        if (value == null) {
            throw new AssertionError("nothing at " + key);
        }
        return value.stamp();
    }

    /** The first sum of the cell at a key, 0 if there is none. */
    static long sum(MetaEngine engine, Key key) throws MetaException {
        Value value = read(engine, key);
        return value == null ? 0 : Cell.decode(value.bytes()).sums()[0];
    }

    /** Every name under a prefix, in pages. */
    static List<Map.Entry<Key, Value>> scanAll(MetaEngine engine, Prefix prefix, int page) throws MetaException {
        List<Map.Entry<Key, Value>> all = new java.util.ArrayList<>();
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> found = engine.scan(prefix, after, page);
            all.addAll(found);
            if (found.size() < page) {
                return all;
            }
            after = found.getLast().getKey().name();
        }
    }

    /** The seed of a random test: from {@code -Dleat.seed} or new, printed either way. */
    static long seed(String test) {
        Long given = Long.getLong("leat.seed");
        long seed = given != null ? given : ThreadLocalRandom.current().nextLong();
        System.out.println(test + ": seed " + seed + " (repeat with -Dleat.seed=" + seed + ")");
        return seed;
    }
}

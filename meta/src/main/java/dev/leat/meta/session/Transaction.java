package dev.leat.meta.session;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One attempt after the other at the same change: what was read, and the checks and writes that are to be committed. Used by one thread.
 *
 * <p>Reading a key does not check it: {@link #unchanged} does, and every key whose value a decision rests on must get that, or a check of its
 * own.
 */
public final class Transaction {
    private static final long[] UNBOUNDED = {};

    private final Reader reader;
    private final ValueCache cache;
    private final Map<Key, Optional<Value>> view = new HashMap<>();
    private final Map<Prefix, List<Key>> ranges = new HashMap<>();
    private final Set<Key> remembered = new HashSet<>();
    private final Set<Check> checks = new LinkedHashSet<>();
    private final Map<Key, Write> writes = new LinkedHashMap<>();
    private final List<Consumer<Stamp>> afterwards = new ArrayList<>();
    private final Set<Long> born = new HashSet<>();
    private boolean remember;
    private boolean durable;

    Transaction(Reader reader, ValueCache cache, boolean remember) {
        this.reader = reader;
        this.cache = cache;
        this.remember = remember;
    }

    // Reading.

    /** The value at a key, null if there is none. */
    public @Nullable Value get(Key key) throws FsException {
        if (!isKnown(key)) {
            load(List.of(key), List.of());
        }
        return view.getOrDefault(key, Optional.empty()).orElse(null);
    }

    /** Whether a value is only remembered: then an error, or a result without writes, is never the last word, and a guess does no harm. */
    public boolean remembers(Key key) {
        return isKnown(key) && remembered.contains(key);
    }

    /** The value at a key if it happens to be known, null if it is unknown or absent. */
    public @Nullable Value peek(Key key) {
        return !isKnown(key) ? null : view.getOrDefault(key, Optional.empty()).orElse(null);
    }

    /** Reads a key anew when it is asked for again. */
    public void forget(Key key) {
        view.remove(key);
        remembered.remove(key);
        cache.put(key, null);
    }

    /** Reads ahead, in one round trip, whatever of this is not known yet. */
    public void load(List<Key> keys, List<Prefix> prefixes) throws FsException {
        List<Key> missing = new ArrayList<>(keys.size());
        for (Key key : keys) {
            if (!isKnown(key) && !missing.contains(key)) {
                missing.add(key);
            }
        }
        List<Prefix> unread = new ArrayList<>(prefixes.size());
        for (Prefix prefix : prefixes) {
            if (!ranges.containsKey(prefix)) {
                unread.add(prefix);
            }
        }
        if (missing.isEmpty() && unread.isEmpty()) {
            return;
        }
        long began = cache.moment();
        Map<Key, Value> found = reader.get(missing, unread);
        for (Key key : missing) {
            read(key, found.get(key), began);
        }
        for (Prefix prefix : unread) {
            List<Key> under = new ArrayList<>();
            found.forEach((key, value) -> {
                if (prefix.covers(key)) {
                    under.add(key);
                    read(key, value, began);
                }
            });
            ranges.put(prefix, under);
        }
    }

    /** All values under a prefix, in key order; for a handful of keys. */
    public SortedMap<Key, Value> range(Prefix prefix) throws FsException {
        load(List.of(), List.of(prefix));
        SortedMap<Key, Value> found = new TreeMap<>();
        for (Key key : ranges.getOrDefault(prefix, List.of())) {
            view.getOrDefault(key, Optional.empty()).ifPresent(value -> found.put(key, value));
        }
        return found;
    }

    /** The first key under a prefix, null if there is none; not remembered, and not checked. */
    public @Nullable Key first(Prefix prefix) throws FsException {
        List<Map.Entry<Key, Value>> page = reader.scan(prefix, null, 1);
        return page.isEmpty() ? null : page.getFirst().getKey();
    }

    /**
     * What was read contradicts itself, since it is of different instants: {@code throw tx.torn()} reads everything anew and calls the
     * work again.
     */
    public RuntimeException torn() {
        return new TornReadException();
    }

    /** Whether a commit that failed has shown a key under this prefix. */
    public boolean sawUnder(Prefix prefix) {
        for (Map.Entry<Key, Optional<Value>> entry : view.entrySet()) {
            if (entry.getValue().isPresent() && prefix.covers(entry.getKey())) {
                return true;
            }
        }
        return false;
    }

    // Checks.

    /** The value must be the one that was read, or none if there was none. */
    public void unchanged(Key key) throws FsException {
        Value value = get(key);
        checks.add(value == null ? new Check.Absent(key) : new Check.At(key, value.stamp()));
    }

    /** There must be no value, whether that was read or not. */
    public void absent(Key key) {
        checks.add(new Check.Absent(key));
    }

    /** There must be a value. */
    public void exists(Key key) {
        checks.add(new Check.Exists(key));
    }

    /** There must be nothing under a prefix; look at {@link #sawUnder} first. */
    public void empty(Prefix prefix) {
        checks.add(new Check.Empty(prefix));
    }

    // Writes.

    /** Sets a value. */
    public void put(Key key, byte[] value) {
        writes.put(key, new Write.Put(key, value));
    }

    /** Removes a value. */
    public void delete(Key key) {
        writes.put(key, new Write.Delete(key));
    }

    /** Adds to a cell; several deltas for one cell become one. */
    public void merge(Key key, Cell delta) {
        merge(key, delta, UNBOUNDED);
    }

    /** Adds to a cell within bounds; bounds of an earlier delta for the same cell are replaced. */
    public void merge(Key key, Cell delta, long[] bounds) {
        Write earlier = writes.get(key);
        if (earlier instanceof Write.Merge(Key same, Cell before, long[] oldBounds)) {
            writes.put(key, new Write.Merge(same, before.merge(delta), bounds.length == 0 ? oldBounds : bounds));
        } else if (earlier instanceof Write.Put(Key same, byte[] value)) {
            writes.put(key, new Write.Put(same, Cell.decode(value).merge(delta).encode()));
        } else if (earlier instanceof Write.Delete) {
            writes.put(key, new Write.Put(key, delta.encode()));
        } else {
            writes.put(key, new Write.Merge(key, delta, bounds));
        }
    }

    /** The commit must survive power loss before it is acknowledged. */
    public void durable() {
        durable = true;
    }

    /** How many checks and writes there are; a commit takes {@link dev.leat.meta.engine.Commit#OPERATIONS_MAX}. */
    public int size() {
        return checks.size() + writes.size();
    }

    /** Does something, with the stamp of what was written, when the commit was applied. */
    public void afterwards(Consumer<Stamp> action) {
        afterwards.add(action);
    }

    /** A directory of a number that was never used is made, with nothing in it yet. */
    public void born(long directory) {
        born.add(directory);
    }

    // For the loop.

    void restart() {
        checks.clear();
        writes.clear();
        afterwards.clear();
        born.clear();
        durable = false;
    }

    boolean isEmpty() {
        return writes.isEmpty();
    }

    boolean isDurable() {
        return durable;
    }

    List<Check> checks() {
        return List.copyOf(checks);
    }

    List<Write> writes() {
        return List.copyOf(writes.values());
    }

    /** Forgets what was remembered and not read in this transaction, and remembers nothing more; false if there is nothing of that kind. */
    boolean forgetRemembered() {
        if (remembered.isEmpty()) {
            return false;
        }
        remember = false;
        for (Key key : remembered) {
            cache.put(key, null);
            view.remove(key);
        }
        remembered.clear();
        return true;
    }

    /** Forgets all that was read. */
    void forgetAll() {
        view.keySet().forEach(key -> cache.put(key, null));
        view.clear();
        ranges.clear();
        remembered.clear();
    }

    void applied(Stamp stamp, long began) {
        cache.applied(writes(), born, stamp, began);
        afterwards.forEach(action -> action.accept(stamp));
    }

    void failed(Map<Key, Optional<Value>> current) {
        ranges.clear();
        for (Check check : checks) {
            if (check instanceof Check.Empty(Prefix prefix)) {
                view.keySet().removeIf(prefix::covers);
            }
        }
        current.forEach(this::see);
    }

    /** Whether a key was read before, or can be remembered now. */
    private boolean isKnown(Key key) {
        if (view.containsKey(key)) {
            return true;
        }
        Value value = remember ? cache.get(key) : null;
        if (value == null) {
            return false;
        }
        view.put(key, Optional.of(value));
        remembered.add(key);
        return true;
    }

    private void read(Key key, @Nullable Value value, long began) {
        view.put(key, Optional.ofNullable(value));
        remembered.remove(key);
        cache.seen(key, value, began);
    }

    private void see(Key key, Optional<Value> value) {
        view.put(key, value);
        remembered.remove(key);
        cache.put(key, value.orElse(null));
    }

    /** Ends an attempt; see {@link #torn}. */
    static final class TornReadException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TornReadException() {
            super("reads of different instants", null, false, false);
        }
    }
}

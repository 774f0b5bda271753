package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;

/**
 * How the contract is spelled in Redis. A partition is a hash from name to stamp (16 bytes) and value; where it is large, a
 * sorted set beside it keeps the names in order. All keys begin with one hash tag, so that a volume is one slot of a
 * cluster and one script can reach all of it.
 */
final class RedisCodec {
    /** A stamp before a value. */
    static final int STAMP_BYTES = 2 * Long.BYTES;

    private static final byte[] NOTHING = {};

    private final byte[] root;
    private final int feedEventsMax;

    RedisCodec(RedisConfig config) {
        this.root = ("{" + config.name() + "}").getBytes(StandardCharsets.US_ASCII);
        this.feedEventsMax = config.feedEventsMax();
    }

    /** What every key of the volume starts with. */
    byte[] root() {
        return root;
    }

    /** A key of the volume: a kind of data, and which one of it. */
    byte[] key(char kind, byte[] rest) {
        return ByteBuffer.allocate(root.length + 1 + rest.length)
                .put(root)
                .put((byte) kind)
                .put(rest)
                .array();
    }

    byte[] key(char kind) {
        return key(kind, NOTHING);
    }

    byte[] hash(Bytes partition) {
        return key('h', partition.unsafeArray());
    }

    /** The partition whose hash has this key. */
    Bytes partition(byte[] hashKey) {
        return Bytes.wrap(hashKey).suffix(root.length + 1);
    }

    /** The arguments of the commit script, after its key. */
    void commit(Commit commit, boolean markRepeats, CommandArguments to) {
        new RedisCommit(commit).appendTo(to, feedEventsMax, markRepeats);
    }

    /** What the commit script answered. */
    CommitResult result(Commit commit, Object reply) throws MetaException {
        if (reply instanceof Long code) {
            return code == 1 ? CommitResult.APPLIED : CommitResult.FENCED;
        }
        List<?> parts = (List<?>) reply;
        return switch (((Long) parts.getFirst()).intValue()) {
            case 3 -> failed(parts);
            case 4 -> throw outOfTurn(commit, parts);
            default -> throw noSlotOrCell(commit, parts);
        };
    }

    private CommitResult failed(List<?> parts) throws MetaException {
        Map<Key, Optional<Value>> current = new LinkedHashMap<>();
        for (int i = 1; i < parts.size(); i += 3) {
            Key key = new Key(bytes(parts.get(i)), bytes(parts.get(i + 1)));
            byte[] stored = (byte[]) parts.get(i + 2);
            current.put(key, stored == null ? Optional.empty() : Optional.of(value(key, stored)));
        }
        return new CommitResult.Failed(current);
    }

    private static MetaException outOfTurn(Commit commit, List<?> parts) {
        Commit.Slot slot = commit.slot();
        return slot == null
                ? new MetaException(Kind.CORRUPT, "the commit script saw a slot where there is none")
                : CommitRules.outOfTurn(
                        slot, ByteBuffer.wrap((byte[]) parts.get(1)).getLong());
    }

    private static MetaException noSlotOrCell(Commit commit, List<?> parts) {
        Key key = new Key(bytes(parts.get(1)), bytes(parts.get(2)));
        String what = commit.slot() != null && commit.slot().key().equals(key) ? "slot" : "cell of numbers";
        return new MetaException(Kind.CORRUPT, "the value at " + key + " is no " + what);
    }

    private static Bytes bytes(Object part) {
        return Bytes.wrap((byte[]) part);
    }

    /** Adds the entries of a flat list of names and values. */
    void entries(Bytes partition, Object reply, Map<Key, Value> to) throws MetaException {
        List<?> parts = (List<?>) reply;
        for (int i = 0; i + 1 < parts.size(); i += 2) {
            Key key = new Key(partition, bytes(parts.get(i)));
            to.put(key, value(key, (byte[]) parts.get(i + 1)));
        }
    }

    Value value(Key key, byte[] stored) throws MetaException {
        if (stored.length < STAMP_BYTES) {
            throw new MetaException(
                    Kind.CORRUPT, "the value at " + key + " has " + stored.length + " bytes, too few for a stamp");
        }
        ByteBuffer in = ByteBuffer.wrap(stored);
        Stamp stamp = new Stamp(in.getLong(), in.getLong());
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        return new Value(bytes, stamp);
    }

    /** A commit's event in the feed: its stamp, then for each key the lengths of its halves (u16) and the halves. */
    static byte[] event(Commit commit) {
        List<Key> keys = CommitRules.feedKeys(commit);
        if (keys.isEmpty()) {
            return NOTHING;
        }
        int length = STAMP_BYTES;
        for (Key key : keys) {
            length += 4 + key.partition().length() + key.name().length();
        }
        ByteBuffer out = ByteBuffer.allocate(length)
                .putLong(commit.stamp().session())
                .putLong(commit.stamp().sequence());
        for (Key key : keys) {
            out.putShort((short) key.partition().length())
                    .putShort((short) key.name().length())
                    .put(key.partition().unsafeArray())
                    .put(key.name().unsafeArray());
        }
        return out.array();
    }

    static FeedPage.Event event(byte[] stored) throws MetaException {
        try {
            ByteBuffer in = ByteBuffer.wrap(stored);
            Stamp stamp = new Stamp(in.getLong(), in.getLong());
            List<Key> keys = new ArrayList<>();
            while (in.hasRemaining()) {
                byte[] partition = new byte[in.getShort()];
                byte[] name = new byte[in.getShort()];
                in.get(partition).get(name);
                keys.add(new Key(Bytes.wrap(partition), Bytes.wrap(name)));
            }
            return new FeedPage.Event(stamp, keys);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new MetaException(Kind.CORRUPT, "an event of " + stored.length + " bytes in the feed is cut off", e);
        }
    }

    /** The four arguments of the read script for a range of names. */
    static void range(CommandArguments to, Prefix prefix, @Nullable Bytes after) {
        Bytes start = prefix.start();
        to.add(prefix.partition().unsafeArray()).add(start.unsafeArray());
        to.add(
                after != null && after.compareTo(start) >= 0
                        ? bound('(', after.unsafeArray())
                        : bound('[', start.unsafeArray()));
        byte[] end = successor(start);
        to.add(end == null ? new byte[] {'+'} : bound('(', end));
    }

    /** A name as an end of a range, including it with '[' and excluding it with '('. */
    static byte[] bound(char kind, byte[] name) {
        return ByteBuffer.allocate(1 + name.length).put((byte) kind).put(name).array();
    }

    /** The least string above all that start with {@code prefix}, or null if there is none. */
    private static byte @Nullable [] successor(Bytes prefix) {
        byte[] bytes = prefix.toArray();
        for (int i = bytes.length - 1; i >= 0; i--) {
            if (bytes[i] != (byte) 0xff) {
                byte[] end = Arrays.copyOf(bytes, i + 1);
                end[i]++;
                return end;
            }
        }
        return null;
    }
}

package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

/**
 * Walks over a volume. Partitions come in the order of Redis's own walk over its keys, each as it was at one instant: a
 * small one is read at once, a large one is copied inside the server, read in pages and deleted.
 *
 * <p>Redis may name a key twice while its table grows. The partitions seen are remembered to skip those; to bound that
 * memory a large database is walked several times, each time for a share of the partitions.
 */
final class RedisExport {
    /** Partitions remembered at once: about 50 MB. */
    private static final int SEEN_MAX = 500_000;

    /** A larger partition is copied first. With values of at most 4 KiB, as directory entries have, a page is 4 MB. */
    private static final int PAGE = 1_000;

    /** After it a copy whose reader died vanishes; renewed with each page. */
    private static final int COPY_TTL_MS = 600_000;

    private final RedisEngine engine;
    private final RedisCodec codec;

    RedisExport(RedisEngine engine, RedisCodec codec) {
        this.engine = engine;
        this.codec = codec;
    }

    void run(MetaEngine.ExportConsumer consumer) throws MetaException {
        long keys = (Long) engine.one(new CommandArguments(Protocol.Command.DBSIZE), false);
        int shares = (int) (keys / SEEN_MAX + 1);
        for (int share = 0; share < shares; share++) {
            run(share, shares, consumer);
        }
    }

    private void run(int share, int shares, MetaEngine.ExportConsumer consumer) throws MetaException {
        byte[] pattern =
                (new String(codec.key('h'), StandardCharsets.US_ASCII) + "*").getBytes(StandardCharsets.US_ASCII);
        Set<Bytes> seen = new HashSet<>();
        byte[] cursor = {'0'};
        do {
            List<?> page = engine.scanKeys(cursor, pattern);
            cursor = (byte[]) page.getFirst();
            List<Bytes> partitions = new ArrayList<>();
            for (Object key : (List<?>) page.getLast()) {
                Bytes partition = codec.partition((byte[]) key);
                if (Math.floorMod(partition.hashCode(), shares) == share && seen.add(partition)) {
                    partitions.add(partition);
                }
            }
            export(partitions, consumer);
        } while (cursor.length != 1 || cursor[0] != '0');
    }

    private void export(List<Bytes> partitions, MetaEngine.ExportConsumer consumer) throws MetaException {
        if (partitions.isEmpty()) {
            return;
        }
        List<CommandArguments> lengths = new ArrayList<>();
        for (Bytes partition : partitions) {
            lengths.add(new CommandArguments(Protocol.Command.HLEN).add(codec.hash(partition)));
        }
        List<Object> replies = engine.many(lengths, false);
        List<Bytes> group = new ArrayList<>();
        long grouped = 0;
        for (int i = 0; i < partitions.size(); i++) {
            long length = (Long) engine.reply(replies.get(i));
            if (length > PAGE) {
                exportLarge(partitions.get(i), consumer);
                continue;
            }
            if (grouped + length > PAGE) {
                exportSmall(group, consumer);
                group.clear();
                grouped = 0;
            }
            group.add(partitions.get(i));
            grouped += length;
        }
        exportSmall(group, consumer);
    }

    private void exportSmall(List<Bytes> group, MetaEngine.ExportConsumer consumer) throws MetaException {
        if (group.isEmpty()) {
            return;
        }
        List<CommandArguments> commands = new ArrayList<>();
        for (Bytes partition : group) {
            commands.add(new CommandArguments(Protocol.Command.HGETALL).add(codec.hash(partition)));
        }
        List<Object> replies = engine.many(commands, false);
        for (int i = 0; i < group.size(); i++) {
            hand(group.get(i), engine.reply(replies.get(i)), consumer);
        }
    }

    private void hand(Bytes partition, Object flat, MetaEngine.ExportConsumer consumer) throws MetaException {
        TreeMap<Key, Value> sorted = new TreeMap<>();
        codec.entries(partition, flat, sorted);
        for (Map.Entry<Key, Value> entry : sorted.entrySet()) {
            consumer.entry(entry.getKey(), entry.getValue().bytes());
        }
    }

    private void exportLarge(Bytes partition, MetaEngine.ExportConsumer consumer) throws MetaException {
        byte[] token = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        byte[] hash = codec.key('x', token);
        byte[] index = codec.key('y', token);
        // In one transaction, so that both are of one instant.
        List<Object> copied = engine.many(
                List.of(
                        new CommandArguments(Protocol.Command.MULTI),
                        copy(codec.hash(partition), hash),
                        copy(codec.key('z', partition.unsafeArray()), index),
                        expire(hash),
                        expire(index),
                        new CommandArguments(Protocol.Command.EXEC)),
                false);
        List<?> outcome = (List<?>) engine.reply(copied.getLast());
        try {
            if (!Long.valueOf(1).equals(outcome.get(1))) {
                // It has shrunk meanwhile and has no index any more.
                hand(partition, engine.one(new CommandArguments(Protocol.Command.HGETALL).add(hash), false), consumer);
                return;
            }
            Bytes after = null;
            int pageSize;
            do {
                CommandArguments names = new CommandArguments(Protocol.Command.ZRANGEBYLEX)
                        .add(index)
                        .add(after == null ? new byte[] {'-'} : RedisCodec.bound('(', after.unsafeArray()))
                        .add("+")
                        .add("LIMIT")
                        .add(0)
                        .add(PAGE);
                List<?> page = (List<?>) engine.one(names, false);
                pageSize = page.size();
                if (pageSize > 0) {
                    exportPage(partition, hash, index, page, consumer);
                    after = Bytes.wrap((byte[]) page.getLast());
                }
            } while (pageSize == PAGE);
        } finally {
            engine.one(new CommandArguments(Protocol.Command.UNLINK).add(hash).add(index), false);
        }
    }

    private void exportPage(
            Bytes partition, byte[] hash, byte[] index, List<?> names, MetaEngine.ExportConsumer consumer)
            throws MetaException {
        CommandArguments get = new CommandArguments(Protocol.Command.HMGET).add(hash);
        names.forEach(name -> get.add((byte[]) name));
        List<Object> replies = engine.many(List.of(get, expire(hash), expire(index)), false);
        List<?> values = (List<?>) engine.reply(replies.getFirst());
        for (int i = 0; i < names.size(); i++) {
            Key key = new Key(partition, Bytes.wrap((byte[]) names.get(i)));
            if (!(values.get(i) instanceof byte[] stored)) {
                throw new MetaException(
                        Kind.UNAVAILABLE,
                        "the copy of a directory that was being exported from " + engine + " is gone; export again");
            }
            consumer.entry(key, codec.value(key, stored).bytes());
        }
    }

    private static CommandArguments copy(byte[] from, byte[] to) {
        return new CommandArguments(Protocol.Command.COPY).add(from).add(to);
    }

    private static CommandArguments expire(byte[] key) {
        return new CommandArguments(Protocol.Command.PEXPIRE).add(key).add(COPY_TTL_MS);
    }
}

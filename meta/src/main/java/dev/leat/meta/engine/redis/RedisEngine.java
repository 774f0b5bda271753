package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * A volume in a Redis server (or Valkey, or KeyDB from 6.2), which runs every commit as one script and so one after the
 * other.
 *
 * <p>A durable commit is as durable as the server is set up: with {@code appendfsync always} each reply waits for the disk;
 * otherwise, from 7.2 on, the engine waits with WAITAOF, which with {@code appendfsync everysec} may take a second. Where
 * neither holds {@link #info} says so.
 *
 * <p>After a failover to a replica that had not received everything, acknowledged commits may be missing: Redis replicates
 * after it answers. Positions of the feed carry the identity of the server process, so a failover or restart resets the
 * feed and clients forget what they cached.
 */
public final class RedisEngine implements MetaEngine {
    /** Content of the key that marks a volume, with the version of the layout. */
    private static final String MARK = "leat-meta 1";

    /** Keys asked for at once when all of them are looked at. */
    private static final int SCAN_COUNT = 1_000;

    private final RedisConfig config;
    private final RedisConnector connector;
    private final RedisCodec codec;
    private final EngineInfo info;
    private final boolean waits;
    private final RedisLanes lanes;
    private final @Nullable RedisLanes durableLanes;
    private final RedisFeed feed;
    private volatile boolean destroyed;

    private RedisEngine(RedisConfig config, RedisConnector connector, RedisFacts facts) {
        this.config = config;
        this.connector = connector;
        this.codec = new RedisCodec(config);
        this.waits = facts.waits();
        boolean durable = facts.fsyncsAlways() || facts.waits();
        this.info = new EngineInfo("redis", config.location(), durable, facts.warning(), false, true);
        long timeoutNanos = config.timeout().toNanos();
        this.lanes = new RedisLanes(connector, RedisLanes.LANES, timeoutNanos);
        this.durableLanes = waits ? new RedisLanes(connector, RedisLanes.LANES, timeoutNanos) : null;
        this.feed = new RedisFeed(connector, codec, config.timeout());
    }

    /**
     * Opens a volume.
     *
     * @param mode whether to make an empty one if there is none
     * @throws MetaException NOT_FOUND if there is none and none is to be made; FOREIGN if the database is another program's
     *     or a newer Leat's; UNAVAILABLE, DENIED or INVALID if the server cannot be used as {@code config} says
     */
    public static RedisEngine open(RedisConfig config, OpenMode mode) throws MetaException {
        config.validate();
        RedisConnector connector = new RedisConnector(config);
        Connection connection = connector.connectAnywhere();
        try {
            RedisFacts facts = RedisFacts.read(connection, config);
            requireOwn(connection, config, mode);
            return new RedisEngine(config, connector, facts);
        } catch (JedisException e) {
            throw connector.errors().of(e);
        } finally {
            RedisConnector.close(connection);
        }
    }

    private static void requireOwn(Connection connection, RedisConfig config, OpenMode mode) throws MetaException {
        if (isJuiceFs(connection)) {
            throw new MetaException(
                    Kind.FOREIGN,
                    config.location() + " holds a JuiceFS volume (its key `setting`); give another database number");
        }
        byte[] key = new RedisCodec(config).key('v');
        String mark = string(connection, new String(key, StandardCharsets.US_ASCII));
        if (mark == null) {
            if (mode == OpenMode.EXISTING) {
                throw absent(config);
            }
            connection.executeCommand(new CommandArguments(Protocol.Command.SET)
                    .add(key)
                    .add(MARK)
                    .add("NX"));
        } else if (!mark.equals(MARK)) {
            throw new MetaException(
                    Kind.FOREIGN,
                    config.location() + " is laid out as '" + mark + "', this version of Leat knows '" + MARK
                            + "'; use a newer Leat");
        }
    }

    private static boolean isJuiceFs(Connection connection) {
        try {
            String setting = string(connection, "setting");
            return setting != null && setting.stripLeading().startsWith("{");
        } catch (JedisAccessControlException e) {
            return false; // a user who may see this volume's keys only
        }
    }

    private static MetaException absent(RedisConfig config) {
        return new MetaException(
                Kind.NOT_FOUND,
                "there is no volume at " + config.location()
                        + "; check the database number, or make one with `leat format`");
    }

    /** A string at a key, null if there is none or something else. */
    private static @Nullable String string(Connection connection, String key) {
        Object type = connection.executeCommand(new CommandArguments(Protocol.Command.TYPE).add(key));
        if (!new String((byte[]) type, StandardCharsets.US_ASCII).equals("string")) {
            return null;
        }
        Object value = connection.executeCommand(new CommandArguments(Protocol.Command.GET).add(key));
        return value == null ? null : new String((byte[]) value, StandardCharsets.UTF_8);
    }

    @Override
    public EngineInfo info() {
        return info;
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        Map<Key, Value> found = new HashMap<>();
        if (prefixes.isEmpty() && onePartition(keys)) {
            getOnePartition(keys, found);
            return found;
        }
        CommandArguments arguments = new CommandArguments(Protocol.Command.EVALSHA)
                .add(RedisScript.READ.sha())
                .add(1)
                .add(codec.root())
                .add(keys.size())
                .add(CommitRules.PREFIX_KEYS_MAX + 1);
        for (Key key : keys) {
            arguments.add(key.partition().unsafeArray()).add(key.name().unsafeArray());
        }
        for (Prefix prefix : prefixes) {
            RedisCodec.range(arguments, prefix, null);
        }
        List<?> reply = (List<?>) read(RedisScript.READ, arguments);
        int covered = 0;
        for (int i = 0; i < prefixes.size(); i++) {
            Object entries = reply.get(keys.size() + i);
            covered += ((List<?>) entries).size() / 2;
            codec.entries(prefixes.get(i).partition(), entries, found);
        }
        if (covered > CommitRules.PREFIX_KEYS_MAX) {
            throw CommitRules.prefixesTooWide();
        }
        put(keys, reply, found);
        return found;
    }

    private static boolean onePartition(List<Key> keys) {
        for (Key key : keys) {
            if (!key.partition().equals(keys.getFirst().partition())) {
                return false;
            }
        }
        return true;
    }

    private void getOnePartition(List<Key> keys, Map<Key, Value> found) throws MetaException {
        if (keys.isEmpty()) {
            return;
        }
        CommandArguments arguments = new CommandArguments(Protocol.Command.HMGET)
                .add(codec.hash(keys.getFirst().partition()));
        keys.forEach(key -> arguments.add(key.name().unsafeArray()));
        put(keys, (List<?>) read(arguments), found);
    }

    private void put(List<Key> keys, List<?> values, Map<Key, Value> found) throws MetaException {
        for (int i = 0; i < keys.size(); i++) {
            if (values.get(i) instanceof byte[] stored) {
                found.put(keys.get(i), codec.value(keys.get(i), stored));
            }
        }
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        CommitRules.validatePage(limit);
        CommandArguments arguments = new CommandArguments(Protocol.Command.EVALSHA)
                .add(RedisScript.READ.sha())
                .add(1)
                .add(codec.root())
                .add(0)
                .add(limit);
        RedisCodec.range(arguments, prefix, after);
        List<?> reply = (List<?>) read(RedisScript.READ, arguments);
        TreeMap<Key, Value> sorted = new TreeMap<>();
        codec.entries(prefix.partition(), reply.getFirst(), sorted);
        Map<Key, Value> rest = after == null ? sorted : sorted.tailMap(new Key(prefix.partition(), after), false);
        List<Map.Entry<Key, Value>> page = new ArrayList<>(Math.min(limit, rest.size()));
        for (Map.Entry<Key, Value> entry : rest.entrySet()) {
            if (page.size() == limit) {
                break;
            }
            page.add(Map.entry(entry.getKey(), entry.getValue()));
        }
        return page;
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        CommitRules.validate(commit);
        boolean wait = waits && commit.durable();
        CommandArguments arguments = new CommandArguments(Protocol.Command.EVALSHA)
                .add(RedisScript.COMMIT.sha())
                .add(1)
                .add(codec.root());
        codec.commit(commit, wait, arguments);
        return codec.result(commit, script(RedisScript.COMMIT, arguments, wait));
    }

    @Override
    public void sync() throws MetaException {
        if (waits) {
            // Something of this connection to wait for: WAITAOF waits for the connection's own last write.
            one(new CommandArguments(Protocol.Command.SET).add(codec.key('w')).add(""), true);
        } else {
            one(new CommandArguments(Protocol.Command.PING), false);
        }
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        CommitRules.validatePage(limit);
        return feed.page(after, limit, wait);
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        new RedisExport(this, codec).run(consumer);
    }

    @Override
    public void destroy() throws MetaException {
        byte[] pattern =
                new String(codec.root(), StandardCharsets.US_ASCII).concat("*").getBytes(StandardCharsets.US_ASCII);
        byte[] cursor = {'0'};
        do {
            List<?> page = scanKeys(cursor, pattern);
            cursor = (byte[]) page.getFirst();
            List<?> keys = (List<?>) page.getLast();
            if (!keys.isEmpty()) {
                CommandArguments unlink = new CommandArguments(Protocol.Command.UNLINK);
                keys.forEach(key -> unlink.add((byte[]) key));
                one(unlink, false);
            }
        } while (cursor.length != 1 || cursor[0] != '0');
        destroyed = true;
    }

    /** One page of a walk over all keys of the database: the next cursor, and keys that match. */
    List<?> scanKeys(byte[] cursor, byte[] pattern) throws MetaException {
        return (List<?>) one(
                new CommandArguments(Protocol.Command.SCAN)
                        .add(cursor)
                        .add("MATCH")
                        .add(pattern)
                        .add("COUNT")
                        .add(SCAN_COUNT),
                false);
    }

    private Object read(RedisScript script, CommandArguments arguments) throws MetaException {
        try {
            return script(script, arguments, false);
        } catch (MetaException e) {
            if (e.kind() != Kind.UNAVAILABLE) {
                throw e;
            }
            // The connection may have been stale since the server restarted; reading twice harms nobody.
            return script(script, arguments, false);
        }
    }

    private Object read(CommandArguments arguments) throws MetaException {
        try {
            return one(arguments, false);
        } catch (MetaException e) {
            if (e.kind() != Kind.UNAVAILABLE) {
                throw e;
            }
            return one(arguments, false);
        }
    }

    /** Calls a script by its digest, and by its text if the server was made to forget it. */
    private Object script(RedisScript script, CommandArguments bySha, boolean wait) throws MetaException {
        Object reply = many(List.of(bySha), wait).getFirst();
        if (reply instanceof JedisNoScriptException) {
            CommandArguments byText = new CommandArguments(Protocol.Command.EVAL);
            int index = 0;
            for (redis.clients.jedis.args.Rawable argument : bySha) {
                if (index == 1) {
                    byText.add(script.source());
                } else if (index > 1) {
                    byText.add(argument);
                }
                index++;
            }
            reply = many(List.of(byText), wait).getFirst();
        }
        return reply(reply);
    }

    /** The reply to one command. */
    Object one(CommandArguments command, boolean wait) throws MetaException {
        return reply(many(List.of(command), wait).getFirst());
    }

    /** The replies to several commands in one round trip, error replies among them. */
    List<Object> many(List<CommandArguments> commands, boolean wait) throws MetaException {
        if (destroyed) {
            throw absent(config);
        }
        RedisLanes through = wait && durableLanes != null ? durableLanes : lanes;
        return through.call(commands, wait);
    }

    /** A reply, unless it is an error. */
    Object reply(Object reply) throws MetaException {
        if (!(reply instanceof JedisDataException error)) {
            return reply;
        }
        MetaException e = connector.errors().of(error);
        if (e.kind() == Kind.UNAVAILABLE) {
            // Such as READONLY: what was the primary is one no more.
            lanes.reconnect();
            if (durableLanes != null) {
                durableLanes.reconnect();
            }
        }
        throw e;
    }

    @Override
    public void close() {
        lanes.close();
        if (durableLanes != null) {
            durableLanes.close();
        }
        feed.close();
    }

    @Override
    public String toString() {
        return config.location();
    }
}

package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What a server says about itself when a volume is opened.
 *
 * @param software name and version
 * @param fsyncsAlways whether every reply waits for the disk
 * @param waits whether WAITAOF can make one commit wait for the disk
 * @param warning what is unsafe about its settings, one line, or null
 */
record RedisFacts(
        String software,
        boolean fsyncsAlways,
        boolean waits,
        @Nullable String warning) {

    static RedisFacts read(Connection connection, RedisConfig config) throws MetaException {
        String where = "redis at " + config.address();
        Map<String, String> server = info(connection, "server");
        if ("sentinel".equals(server.get("redis_mode"))) {
            throw new MetaException(
                    Kind.INVALID,
                    where + " is a Sentinel, which holds no data; give the address of the primary it watches");
        }
        boolean aof = "1".equals(info(connection, "persistence").get("aof_enabled"));
        String fsync = setting(connection, "appendfsync");
        String policy = info(connection, "memory").get("maxmemory_policy");
        boolean always = aof && "always".equals(fsync);
        boolean waits = aof && !always && knows(connection, "WAITAOF");
        return new RedisFacts(
                "Redis " + server.getOrDefault("redis_version", "(unknown version)"),
                always,
                waits,
                warning(where, aof, fsync, always || waits, policy));
    }

    private static @Nullable String warning(
            String where, boolean aof, @Nullable String fsync, boolean durable, @Nullable String policy) {
        StringBuilder text = new StringBuilder();
        if (!durable) {
            String now = !aof ? "appendonly no" : "appendfsync " + (fsync == null ? "unknown" : fsync);
            text.append(where)
                    .append(" (")
                    .append(now)
                    .append(") may lose acknowledged changes when its machine loses power; set appendonly yes and")
                    .append(" appendfsync always there, or use Redis 7.2 or newer with appendonly yes");
        }
        if (policy != null && !policy.equals("noeviction")) {
            text.append(text.isEmpty() ? where + " " : "; it also ")
                    .append("drops keys of this volume when its memory is full (maxmemory-policy ")
                    .append(policy)
                    .append("): set maxmemory-policy noeviction there");
        }
        return text.isEmpty() ? null : text.toString();
    }

    static Map<String, String> info(Connection connection, String section) {
        Object reply = connection.executeCommand(new CommandArguments(Protocol.Command.INFO).add(section));
        Map<String, String> facts = new HashMap<>();
        String text = new String((byte[]) reply, StandardCharsets.UTF_8);
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                facts.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        return facts;
    }

    /** A setting, or null where the server does not let its clients read it, as hosted ones do. */
    private static @Nullable String setting(Connection connection, String name) {
        try {
            Object reply = connection.executeCommand(new CommandArguments(Protocol.Command.CONFIG)
                    .add(Protocol.Keyword.GET)
                    .add(name));
            return reply instanceof List<?> pair && pair.size() == 2 && pair.get(1) instanceof byte[] value
                    ? new String(value, StandardCharsets.UTF_8)
                    : null;
        } catch (JedisDataException e) {
            return null;
        }
    }

    private static boolean knows(Connection connection, String command) {
        try {
            Object reply = connection.executeCommand(new CommandArguments(Protocol.Command.COMMAND)
                    .add(Protocol.Keyword.INFO)
                    .add(command));
            return reply instanceof List<?> list
                    && list.size() == 1
                    && list.getFirst() instanceof List<?> known
                    && !known.isEmpty();
        } catch (JedisDataException e) {
            return false;
        }
    }
}

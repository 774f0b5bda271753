package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Says in one line what a server or the network answered, where, and how to mend it. */
final class RedisErrors {
    private final RedisConfig config;
    private final String where;

    RedisErrors(RedisConfig config) {
        this.config = config;
        this.where = "redis at " + config.address();
    }

    /** Why a connection could not be made. */
    MetaException connecting(RuntimeException e) {
        if (e instanceof JedisDataException) {
            return of(e);
        }
        for (Throwable at = e; at != null; at = at.getCause()) {
            for (Throwable one : withSuppressed(at)) {
                switch (one) {
                    case SSLException ssl -> {
                        return new MetaException(
                                Kind.INVALID,
                                "no TLS with " + where + ": " + line(ssl)
                                        + "; give its CA's certificate as the CA file, use the name in its certificate, or redis:// if it speaks plainly",
                                e);
                    }
                    case UnknownHostException unknown -> {
                        return new MetaException(
                                Kind.UNAVAILABLE,
                                "no address for the host of " + where + "; check its name and the DNS",
                                e);
                    }
                    case ConnectException refused -> {
                        return unreachable(line(refused), e);
                    }
                    case NoRouteToHostException noRoute -> {
                        return unreachable(line(noRoute), e);
                    }
                    case SocketTimeoutException late -> {
                        return unreachable("no answer in time", e);
                    }
                    default -> {
                        // Look further down.
                    }
                }
            }
        }
        return unreachable(line(e), e);
    }

    private static Throwable[] withSuppressed(Throwable e) {
        Throwable[] suppressed = e.getSuppressed();
        Throwable[] all = new Throwable[suppressed.length + 1];
        all[0] = e;
        System.arraycopy(suppressed, 0, all, 1, suppressed.length);
        return all;
    }

    private MetaException unreachable(String why, Throwable e) {
        return new MetaException(
                Kind.UNAVAILABLE,
                "cannot reach " + where + ": " + why
                        + "; check that it runs, that host and port are right, and that it speaks "
                        + (config.tls() ? "TLS (else redis://)" : "without TLS (else rediss://)"),
                e);
    }

    /** What an error reply or a broken connection means. */
    MetaException of(RuntimeException e) {
        String text = line(e);
        if (!(e instanceof JedisDataException)) {
            return new MetaException(
                    Kind.UNAVAILABLE,
                    where + " did not answer: " + text + "; it is restarting or the network failed",
                    e);
        }
        String code = text.contains(" ") ? text.substring(0, text.indexOf(' ')) : text;
        return switch (code) {
            case "WRONGPASS" ->
                new MetaException(
                        Kind.DENIED,
                        where + " refused the user or password; check both (and the password's source)",
                        e);
            case "NOAUTH" -> new MetaException(Kind.DENIED, where + " wants a password; give one", e);
            case "NOPERM" ->
                new MetaException(
                        Kind.DENIED,
                        where + " denies a right: " + text + "; the ACL user needs ~{" + config.name()
                                + "}* +@all -@dangerous +info +config|get",
                        e);
            case "DENIED" ->
                new MetaException(
                        Kind.DENIED,
                        where + " is in protected mode; set a password there or bind it to this network",
                        e);
            case "OOM" ->
                new MetaException(Kind.FULL, where + " is out of memory; raise its maxmemory or remove data", e);
            case "MISCONF" ->
                new MetaException(
                        Kind.FULL,
                        where + " refuses writes because it cannot save to its disk; free space there: " + text,
                        e);
            case "MOVED", "ASK" -> moved(text, e);
            case "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "UNBLOCKED", "NOREPLICAS" ->
                new MetaException(Kind.UNAVAILABLE, where + " cannot serve now: " + text, e);
            default -> other(text, e);
        };
    }

    private MetaException other(String text, RuntimeException e) {
        if (text.contains("DB index is out of range") || text.contains("SELECT is not allowed")) {
            return new MetaException(
                    Kind.INVALID,
                    where + " has no database " + config.database() + "; give another number after the port",
                    e);
        }
        if (text.contains("AUTH")) {
            return new MetaException(Kind.DENIED, where + " refused the login: " + text, e);
        }
        if (text.contains("max number of clients")) {
            return new MetaException(Kind.UNAVAILABLE, where + " has no connection left; raise its maxclients", e);
        }
        return new MetaException(
                Kind.CORRUPT,
                where + " answered with an error: " + text + "; it needs Redis 6.2 or newer, or one like it",
                e);
    }

    private MetaException moved(String text, RuntimeException e) {
        String[] words = text.split(" ");
        String node = words.length > 2 ? words[2] : "another node";
        return new MetaException(
                Kind.INVALID,
                where
                        + " is a cluster node that does not hold this volume (all of it is in one slot); give the address "
                        + node,
                e);
    }

    private static String line(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}

package dev.leat.meta.engine;

import dev.leat.meta.engine.MetaException.Kind;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a volume's metadata lies, as users write it: {@code sqlite:///dir/volume.db}, {@code
 * postgres://user@host:5432/db}, {@code redis://host:6379/1}. {@link #toString} hides the password.
 */
public final class MetaUrl {
    /** The password where the URL has none. */
    public static final String PASSWORD_VARIABLE = "LEAT_META_PASSWORD";

    /** A file whose first line is the password where neither the URL nor the other variable has one. */
    public static final String PASSWORD_FILE_VARIABLE = "LEAT_META_PASSWORD_FILE";

    private static final Pattern SECRET_PARAMETER = Pattern.compile("(?i)([?&][a-z_-]*pass[a-z_-]*=)[^&]*");
    private static final String HIDDEN = "****";

    /** The engines that a URL can name. */
    public enum Engine {
        /** A file of this host: {@code sqlite://} and {@code sqlite3://}. */
        SQLITE,
        /** A PostgreSQL server: {@code postgres://} and {@code postgresql://}. */
        POSTGRES,
        /** A Redis server: {@code redis://}. */
        REDIS,
        /** A Redis server behind TLS: {@code rediss://}. */
        REDIS_TLS
    }

    private final Engine engine;
    private final String redacted;
    private final String hosts;
    private final String path;
    private final Map<String, String> parameters;
    private final @Nullable String user;
    private final @Nullable String password;

    private MetaUrl(
            Engine engine,
            String redacted,
            String hosts,
            String path,
            Map<String, String> parameters,
            @Nullable String user,
            @Nullable String password) {
        this.engine = engine;
        this.redacted = redacted;
        this.hosts = hosts;
        this.path = path;
        this.parameters = parameters;
        this.user = user;
        this.password = password;
    }

    /**
     * Reads a URL, and its password from this process's environment where the URL has none.
     *
     * @throws MetaException of kind INVALID, in words for the user
     */
    public static MetaUrl parse(String url) throws MetaException {
        return parse(url, System.getenv());
    }

    /** Reads a URL, and its password from {@code environment} where the URL has none. */
    public static MetaUrl parse(String url, Map<String, String> environment) throws MetaException {
        int colon = url.indexOf("://");
        if (colon <= 0) {
            throw invalid("'" + redact(url) + "' is no metadata URL; " + known());
        }
        String scheme = url.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = url.substring(colon + 3);
        return switch (scheme) {
            case "sqlite", "sqlite3" -> file(url, rest);
            case "postgres", "postgresql" -> server(Engine.POSTGRES, url, rest, environment);
            case "redis" -> server(Engine.REDIS, url, rest, environment);
            case "rediss" -> server(Engine.REDIS_TLS, url, rest, environment);
            default -> throw invalid("unknown metadata engine '" + scheme + "://'; " + known());
        };
    }

    private static String known() {
        return "use sqlite:///dir/volume.db (also sqlite3://), postgres://user@host/database (also postgresql://),"
                + " redis://host:6379/0 or rediss://host:6379/0";
    }

    /** What follows {@code //} is the path: three slashes are absolute, two are relative to the working directory. */
    private static MetaUrl file(String url, String path) throws MetaException {
        if (path.isEmpty() || path.endsWith("/")) {
            throw invalid("'" + url + "' names no file; write sqlite:///dir/volume.db");
        }
        if (path.indexOf('\0') >= 0) {
            throw invalid("a metadata URL has a NUL character in its path");
        }
        return new MetaUrl(Engine.SQLITE, url, "", path, Map.of(), null, null);
    }

    private static MetaUrl server(Engine engine, String url, String rest, Map<String, String> environment)
            throws MetaException {
        int question = rest.indexOf('?');
        String location = question < 0 ? rest : rest.substring(0, question);
        Map<String, String> parameters = question < 0 ? Map.of() : parameters(url, rest.substring(question + 1));
        int at = location.lastIndexOf('@');
        String credentials = at < 0 ? "" : location.substring(0, at);
        String place = location.substring(at + 1);
        int slash = place.indexOf('/');
        String hosts = slash < 0 ? place : place.substring(0, slash);
        String path = slash < 0 ? "" : decode(url, place.substring(slash + 1));
        int colon = credentials.indexOf(':');
        String user = decode(url, colon < 0 ? credentials : credentials.substring(0, colon));
        String password = colon < 0 ? null : decode(url, credentials.substring(colon + 1));
        if (hosts.isEmpty() && !parameters.containsKey("host")) {
            throw invalid("'" + redact(url) + "' names no host; " + known());
        }
        return new MetaUrl(
                engine,
                redact(url),
                hosts,
                path,
                parameters,
                user.isEmpty() ? null : user,
                password != null && !password.isEmpty() ? password : fromEnvironment(environment));
    }

    private static Map<String, String> parameters(String url, String query) throws MetaException {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            if (!part.isEmpty()) {
                parameters.put(
                        decode(url, equals < 0 ? part : part.substring(0, equals)),
                        equals < 0 ? "" : decode(url, part.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static @Nullable String fromEnvironment(Map<String, String> environment) throws MetaException {
        String password = environment.get(PASSWORD_VARIABLE);
        if (password != null && !password.isEmpty()) {
            return password;
        }
        String file = environment.get(PASSWORD_FILE_VARIABLE);
        if (file == null || file.isEmpty()) {
            return null;
        }
        try {
            String first = Files.readString(Path.of(file)).lines().findFirst().orElse("");
            if (first.isEmpty()) {
                throw invalid("the password file " + file + " (" + PASSWORD_FILE_VARIABLE + ") is empty");
            }
            return first;
        } catch (MetaException e) {
            throw e;
        } catch (IOException e) {
            throw new MetaException(
                    Kind.INVALID, "cannot read the password file " + file + " (" + PASSWORD_FILE_VARIABLE + ")", e);
        }
    }

    private static String decode(String url, String text) throws MetaException {
        try {
            // A plus is a plus here; only forms write spaces so.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new MetaException(
                    Kind.INVALID, "'" + redact(url) + "' has a % that is not followed by two hexadecimal digits", e);
        }
    }

    /** A URL without its password, also when it is not well formed. */
    public static String redact(String url) {
        int start = url.indexOf("://");
        int authority = start < 0 ? 0 : start + 3;
        int question = url.indexOf('?', authority);
        int at = url.lastIndexOf('@', question < 0 ? url.length() : question);
        String shown = url;
        if (at >= authority) {
            int colon = url.indexOf(':', authority);
            if (colon >= 0 && colon < at) {
                shown = url.substring(0, colon + 1) + HIDDEN + url.substring(at);
            }
        }
        return SECRET_PARAMETER.matcher(shown).replaceAll("$1" + HIDDEN);
    }

    private static MetaException invalid(String message) {
        return new MetaException(Kind.INVALID, message);
    }

    /** The engine it names. */
    public Engine engine() {
        return engine;
    }

    /** Host and port, or several with commas between them, as written; empty for a file. */
    public String hosts() {
        return hosts;
    }

    /** The file, or what follows the host's slash: a database's name or number; may be empty. */
    public String path() {
        return path;
    }

    /** What follows the question mark, decoded, in order. */
    public Map<String, String> parameters() {
        return parameters;
    }

    /** The user, if the URL names one. */
    public @Nullable String user() {
        return user;
    }

    /** The password, from the URL or the environment; null if there is none. */
    public @Nullable String password() {
        return password;
    }

    /** The URL as it may be logged. */
    public String redacted() {
        return redacted;
    }

    @Override
    public String toString() {
        return redacted;
    }
}

package dev.leat.cli.option;

import dev.leat.cli.CliException;
import dev.leat.dataset.SourceUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A source among those of a mount, as users describe it: on the command line, in a file, or by the control socket.
 *
 * @param name what it is called, once in a mount
 * @param path where it is shown: names joined by slashes, empty for the root
 * @param source its address
 * @param options what else it is told, by the names that {@code leat mount} has for it
 * @param credentials where its keys are found: files and environment variables, never keys
 */
public record SourceSpec(
        String name, String path, String source, Map<String, String> options, Map<String, String> credentials) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern SETTING = Pattern.compile("[a-z][a-z-]*=.*", Pattern.DOTALL);

    private static final Set<String> OPTIONS = Set.of(
            "endpoint",
            "region",
            "path-style",
            "anonymous",
            "requester-pays",
            "account",
            "ca-bundle",
            "freshness",
            "expand",
            "uid",
            "gid",
            "file-mode",
            "dir-mode",
            "requests-in-flight",
            "request-limit",
            "download-limit");

    private static final Set<String> CREDENTIALS = Set.of(
            "access-key-file",
            "secret-key-file",
            "session-token-file",
            "access-key-env",
            "secret-key-env",
            "session-token-env",
            "profile");

    private static final Set<String> FIELDS =
            Set.of("name", "path", "source", "mountPoint", "options", "readOnly", "credentials");

    /** Checks it; what is wrong is misuse. */
    public SourceSpec {
        if (!NAME.matcher(name).matches()) {
            throw CliException.misused("'" + name
                    + "' is no name of a mount; write letters, digits, dots, dashes and underscores, at most 63");
        }
        path = normal(name, path);
        options = Map.copyOf(options);
        credentials = Map.copyOf(credentials);
        url(name, source);
        check(name, "option", options, OPTIONS);
        check(name, "credential", credentials, CREDENTIALS);
    }

    private static void check(String name, String what, Map<String, String> given, Set<String> known) {
        for (String key : given.keySet()) {
            if (!known.contains(key)) {
                throw CliException.misused("mount " + name + ": " + what + " '" + key + "' is not known; there are "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private static String normal(String name, String path) {
        List<String> names = new ArrayList<>();
        for (String part : path.split("/")) {
            if (part.equals("..") || part.equals(".") || part.indexOf('\0') >= 0) {
                throw CliException.misused("mount " + name + ": '" + path
                        + "' is no path; write names joined by slashes, such as /images/train");
            }
            if (!part.isEmpty()) {
                names.add(part);
            }
        }
        return String.join("/", names);
    }

    private static SourceUrl url(String name, String source) {
        try {
            return SourceUrl.parse(source);
        } catch (IllegalArgumentException e) {
            throw CliException.misused("mount " + name + ": " + e.getMessage());
        }
    }

    /** The address. */
    public SourceUrl url() {
        return url(name, source);
    }

    /** A source that is the whole mount. */
    public static SourceSpec whole(String source) {
        return new SourceSpec("source", "", source, Map.of(), Map.of());
    }

    /** Reads {@code NAME=SOURCE[,path=/p][,option=value…]}. */
    public static SourceSpec parse(String text) {
        int equal = text.indexOf('=');
        if (equal <= 0) {
            throw CliException.misused("--add-mount '" + text + "' is not NAME=SOURCE[,path=/PATH][,OPTION=VALUE…]");
        }
        String name = text.substring(0, equal);
        List<String> parts = new ArrayList<>();
        for (String part : text.substring(equal + 1).split(",")) {
            boolean ofFreshness =
                    !parts.isEmpty() && parts.getLast().startsWith("freshness=") && part.startsWith("ttl=");
            if (parts.isEmpty() || (SETTING.matcher(part).matches() && !ofFreshness)) {
                parts.add(part);
            } else {
                // A comma of the value before.
                parts.set(parts.size() - 1, parts.getLast() + "," + part);
            }
        }
        String path = "/" + name;
        Map<String, String> options = new LinkedHashMap<>();
        Map<String, String> credentials = new LinkedHashMap<>();
        for (String part : parts.subList(1, parts.size())) {
            String key = part.substring(0, part.indexOf('='));
            String value = part.substring(key.length() + 1);
            if (key.equals("path")) {
                path = value;
            } else {
                (CREDENTIALS.contains(key) ? credentials : options).put(key, value);
            }
        }
        return new SourceSpec(name, path, parts.getFirst(), options, credentials);
    }

    /** Reads what a file or a request says: {@code name}, {@code path}, {@code source}, {@code options}, {@code readOnly}, {@code credentials}. */
    public static SourceSpec of(Map<?, ?> fields) {
        String name = text(fields.get("name"), "a mount without name");
        for (Object field : fields.keySet()) {
            if (!FIELDS.contains(String.valueOf(field))) {
                throw CliException.misused("mount " + name + ": '" + field + "' is not known; a mount has "
                        + String.join(", ", FIELDS.stream().sorted().toList()));
            }
        }
        if (fields.get("readOnly") != null && !Boolean.TRUE.equals(fields.get("readOnly"))) {
            throw CliException.misused(
                    "mount " + name + ": data in place is read only; write readOnly: true, or leave it out");
        }
        Object source = fields.get("source") != null ? fields.get("source") : fields.get("mountPoint");
        Object path = fields.get("path");
        return new SourceSpec(
                name,
                path == null ? "/" + name : String.valueOf(path),
                text(source, "mount " + name + " has no source"),
                strings(name, "options", fields.get("options")),
                strings(name, "credentials", fields.get("credentials")));
    }

    /** Whether a key says where a credential is found. */
    static boolean isCredential(String key) {
        return CREDENTIALS.contains(key);
    }

    private static String text(@Nullable Object value, String missing) {
        if (value == null || String.valueOf(value).isEmpty()) {
            throw CliException.misused(missing + "; each mount has a name and a source");
        }
        return String.valueOf(value);
    }

    private static Map<String, String> strings(String name, String field, @Nullable Object value) {
        Map<String, String> strings = new LinkedHashMap<>();
        if (value == null) {
            return strings;
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw CliException.misused("mount " + name + ": " + field + " must be names with values");
        }
        map.forEach((key, one) -> strings.put(String.valueOf(key), String.valueOf(one)));
        return strings;
    }

    /** The same as a request of the control socket has it. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("path", "/" + path);
        fields.put("source", source);
        fields.put("options", options);
        fields.put("credentials", credentials);
        return fields;
    }
}

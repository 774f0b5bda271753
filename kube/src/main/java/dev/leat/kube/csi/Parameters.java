package dev.leat.kube.csi;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What StorageClass, PersistentVolume and secret say about a volume, in Leat's words and in JuiceFS's. The secret wins: it is where
 * credentials belong.
 *
 * @param metaUrl metadata URL of the Leat volume, with its password if the secret has one; empty if nothing says it
 * @param secretUrl whether it came from the secret
 * @param source address of data in place; empty if it is a volume
 * @param bucket where objects go if the volume has yet to be made; null if nothing says it
 * @param environment credentials of the store, by the names of environment variables
 */
record Parameters(
        String metaUrl,
        boolean secretUrl,
        String source,
        @Nullable String bucket,
        Map<String, String> environment) {
    private static final Map<String, String> CREDENTIALS = Map.of(
            "access-key", "AWS_ACCESS_KEY_ID",
            "secret-key", "AWS_SECRET_ACCESS_KEY",
            "session-token", "AWS_SESSION_TOKEN",
            "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN", "AWS_SESSION_TOKEN",
            "encrypt-passphrase", "LEAT_ENCRYPT_PASSPHRASE",
            "meta-password", "LEAT_META_PASSWORD");

    static Parameters of(Map<String, String> open, Map<String, String> secret) throws CsiException {
        String fromSecret = secret.getOrDefault("metaurl", "");
        String given = open.getOrDefault("metaurl", "");
        String source = open.getOrDefault("source", "");
        boolean inPlace = isInPlace(source);
        if (given.isEmpty() && !inPlace) {
            given = source;
        }
        if (hasPassword(given)) {
            throw CsiException.invalid("the metadata URL " + redact(given)
                    + " has a password, which everybody who may look at the StorageClass or PersistentVolume sees: put the"
                    + " URL into the secret as 'metaurl'");
        }
        Map<String, String> environment = new LinkedHashMap<>();
        CREDENTIALS.forEach((key, variable) -> {
            String value = secret.get(key);
            if (value != null) {
                environment.put(variable, value);
            }
        });
        String bucket = secret.getOrDefault("bucket", open.getOrDefault("bucket", ""));
        return new Parameters(
                fromSecret.isEmpty() ? given : fromSecret,
                !fromSecret.isEmpty(),
                inPlace ? source : "",
                bucket.isEmpty() ? null : bucket,
                environment);
    }

    private static boolean isInPlace(String source) {
        String lower = source.toLowerCase(Locale.ROOT);
        return lower.startsWith("s3://")
                || lower.startsWith("http://")
                || lower.startsWith("https://")
                || lower.startsWith("file://");
    }

    private static boolean hasPassword(String url) {
        String user = userInfo(url);
        return user != null && user.indexOf(':') >= 0;
    }

    private static @Nullable String userInfo(String url) {
        try {
            return URI.create(url).getRawUserInfo();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A metadata URL as anybody may see it. */
    static String redact(String url) {
        String user = userInfo(url);
        int colon = user == null ? -1 : user.indexOf(':');
        if (user == null || colon < 0) {
            return url;
        }
        String open = colon == 0 ? "" : user.substring(0, colon) + "@";
        return url.replaceFirst(Pattern.quote(user + "@"), Matcher.quoteReplacement(open));
    }

    /** The password in the metadata URL; null if it has none. */
    @Nullable
    String password() {
        String user = userInfo(metaUrl);
        int colon = user == null ? -1 : user.indexOf(':');
        return user == null || colon < 0
                ? null
                : URLDecoder.decode(user.substring(colon + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** How the volume's maker reaches it. */
    VolumeStore.Access access() throws CsiException {
        if (metaUrl.isEmpty()) {
            throw CsiException.invalid(
                    "nothing says which volume: give 'metaurl' in the secret, or in the StorageClass's parameters");
        }
        return new VolumeStore.Access(metaUrl, bucket, environment);
    }
}

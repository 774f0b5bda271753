package dev.leat.dataset.azure;

import dev.leat.dataset.web.Token;
import dev.leat.dataset.web.Web;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How requests show that they may: by the account's key, by a shared access signature in the address, by a token of Entra ID
 * ({@link EntraTokens}), or not at all.
 */
final class AzureAccess {
    private static final String VERSION_HEADER_PREFIX = "x-ms-";

    private static final String BEARER = "Bearer ";

    private final String account;
    private final byte @Nullable [] key;
    private final @Nullable String sas;
    private final @Nullable Token token;
    private final String source;

    AzureAccess(Web web, String account, AzureSettings settings, Map<String, String> environment, boolean anonymous)
            throws StoreException {
        this.account = account;
        byte[] accountKey = null;
        String signature = null;
        Token entra = null;
        String accountKeyText = settings.key();
        if (anonymous) {
            source = "requests without credentials, as --anonymous has it";
        } else if (accountKeyText != null) {
            accountKey = decoded(accountKeyText);
            source = "the key of the account " + account;
        } else if (settings.sas() != null) {
            signature = settings.sas();
            source = "the shared access signature";
        } else {
            EntraTokens tokens = EntraTokens.find(web, environment);
            entra = new Token(tokens.issuer());
            source = tokens.whose();
        }
        this.key = accountKey;
        this.sas = signature;
        this.token = entra;
    }

    private static byte[] decoded(String key) throws StoreException {
        try {
            return Base64.getDecoder().decode(key);
        } catch (IllegalArgumentException e) {
            throw new StoreException(Kind.DENIED, "the account key (AZURE_STORAGE_KEY) is no Base64", e);
        }
    }

    /** What is added to an address; null if nothing is. It is never logged. */
    @Nullable
    String signature() {
        return sas;
    }

    /** Whose right is used, for messages. */
    String source() {
        return source;
    }

    /** What to do about a refusal. */
    String mend(@Nullable String code) {
        if ("AuthorizationPermissionMismatch".equals(code)) {
            return "the role Storage Blob Data Reader gives the permission";
        }
        if (sas != null) {
            return "check permissions (read, list), resources and end of AZURE_STORAGE_SAS_TOKEN";
        }
        if (key != null) {
            return "check account and key";
        }
        return token != null
                ? "the role Storage Blob Data Reader gives the permission"
                : "the container is not public: leave --anonymous out and give credentials";
    }

    /**
     * Adds what authorises a call.
     *
     * @param base the path of the endpoint, before that of the call; may be null or empty
     */
    void authorize(AzureSource.Call call, @Nullable String base) throws StoreException {
        Token entra = token;
        byte[] secret = key;
        if (entra != null) {
            call.headers().put("authorization", BEARER + entra.value());
        } else if (secret != null) {
            call.headers().put("authorization", "SharedKey " + account + ":" + sign(secret, text(call, base)));
        }
    }

    /** Takes note of a refused token; whether there may be another one. */
    boolean refused(AzureSource.Call call) {
        Token entra = token;
        String shown = call.headers().get("authorization");
        if (entra == null || shown == null) {
            return false;
        }
        entra.refused(shown.substring(BEARER.length()));
        return true;
    }

    private static String sign(byte[] secret, String text) throws StoreException {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StoreException(Kind.DENIED, "the account key cannot sign", e);
        }
    }

    /** The text that is signed ("Authorize with Shared Key" in the service's reference). */
    private String text(AzureSource.Call call, @Nullable String base) {
        StringBuilder text = new StringBuilder(call.method()).append('\n');
        // Content-Encoding, -Language, -Length, -MD5, -Type, Date, If-Modified-Since: never sent.
        text.append("\n".repeat(7));
        text.append(call.headers().getOrDefault("if-match", "")).append('\n');
        // If-None-Match, If-Unmodified-Since, Range: never sent, x-ms-range is.
        text.append("\n".repeat(3));
        call.headers().forEach((name, value) -> {
            if (name.startsWith(VERSION_HEADER_PREFIX)) {
                text.append(name).append(':').append(value).append('\n');
            }
        });
        text.append('/').append(account).append(base == null ? "" : base).append(call.path());
        call.query()
                .forEach((name, value) -> text.append('\n')
                        .append(name.toLowerCase(Locale.ROOT))
                        .append(':')
                        .append(value));
        return text.toString();
    }

    @Override
    public String toString() {
        return source;
    }
}

package dev.leat.dataset.gcs;

import dev.leat.dataset.web.Json;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/**
 * A service account's key: it signs for tokens (RFC 7523).
 *
 * @param email the account
 * @param keyId which of its keys
 * @param key the key
 * @param tokenUri who gives tokens for it
 */
record ServiceAccount(String email, String keyId, PrivateKey key, URI tokenUri) {
    /** The longest life that Google allows. */
    private static final int LIFE_SECONDS = 3_600;

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** Reads a key file. */
    static ServiceAccount of(Json json, Path file) throws StoreException {
        String pem = json.at("private_key").text("");
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        try {
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
            return new ServiceAccount(
                    json.at("client_email").text("the service account of " + file),
                    json.at("private_key_id").text(""),
                    key,
                    URI.create(json.at("token_uri").text("https://oauth2.googleapis.com/token")));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StoreException(Kind.DENIED, "the private key in " + file + " cannot be read", e);
        }
    }

    /** What it shows to be given a token. */
    String assertion(String scope) throws StoreException {
        long now = Instant.now().getEpochSecond();
        String header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" + keyId + "\"}";
        String claims = "{\"iss\":\"" + email + "\",\"scope\":\"" + scope + "\",\"aud\":\"" + tokenUri + "\",\"iat\":"
                + now + ",\"exp\":" + (now + LIFE_SECONDS) + "}";
        String signed = encoded(header.getBytes(StandardCharsets.UTF_8)) + "."
                + encoded(claims.getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.UTF_8));
            return signed + "." + encoded(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new StoreException(Kind.DENIED, "the key of " + email + " cannot sign", e);
        }
    }

    private static String encoded(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }

    @Override
    public String toString() {
        return email;
    }
}

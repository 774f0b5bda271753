package dev.leat.dataset.gcs;

import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.Json;
import dev.leat.dataset.web.Token;
import dev.leat.dataset.web.Web;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds credentials where Google's own tools find them: the file that GOOGLE_APPLICATION_CREDENTIALS names, the one that
 * {@code gcloud auth application-default login} wrote, the metadata server of a machine in Google's cloud; and goes without
 * any where there are none, as public buckets allow. Nothing is looked for before the first request.
 */
final class GoogleAccess {
    private static final String METADATA_HOST = "metadata.google.internal";
    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
    private static final int ANSWER_BYTES_MAX = 1 << 20;

    private final Web web;
    private final Map<String, String> environment;
    private final boolean anonymous;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Found found;

    /**
     * What was found.
     *
     * @param token gives tokens; null to go without
     * @param source whose they are, for messages
     */
    private record Found(@Nullable Token token, String source) {}

    GoogleAccess(Web web, Map<String, String> environment, boolean anonymous) {
        this.web = web;
        this.environment = environment;
        this.anonymous = anonymous;
    }

    /** The token that a request carries; null if it goes without. */
    @Nullable
    String token() throws StoreException {
        Token token = found().token;
        return token == null ? null : token.value();
    }

    /** Takes note of a refused token; whether there may be another one. */
    boolean refused(@Nullable String value) throws StoreException {
        Token token = found().token;
        if (token == null || value == null) {
            return false;
        }
        token.refused(value);
        return true;
    }

    /** Whose credentials are used, for messages. */
    String source() {
        Found known = found;
        return known == null ? "nobody yet" : known.source;
    }

    private Found found() throws StoreException {
        Found known = found;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            known = found;
            if (known == null) {
                known = find();
                found = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private Found find() throws StoreException {
        if (anonymous) {
            return new Found(null, "requests without credentials, as --anonymous has it");
        }
        String named = environment.get("GOOGLE_APPLICATION_CREDENTIALS");
        if (named != null && !named.isEmpty()) {
            return ofFile(Path.of(named));
        }
        String config = environment.get("CLOUDSDK_CONFIG");
        Path usual = (config != null
                        ? Path.of(config)
                        : Path.of(environment.getOrDefault("HOME", "/"), ".config", "gcloud"))
                .resolve("application_default_credentials.json");
        if (Files.isReadable(usual)) {
            return ofFile(usual);
        }
        String host = environment.get("GCE_METADATA_HOST");
        if (host != null || isInGooglesCloud()) {
            String server = host == null ? METADATA_HOST : host;
            return new Found(new Token(() -> ofMetadata(server)), "the service account of this machine");
        }
        return new Found(
                null,
                "requests without credentials: none were found (GOOGLE_APPLICATION_CREDENTIALS names a key file, "
                        + "'gcloud auth application-default login' makes one)");
    }

    private boolean isInGooglesCloud() {
        if ("true".equalsIgnoreCase(environment.get("NO_GCE_CHECK"))) {
            return false;
        }
        try {
            String product = Files.readString(Path.of("/sys/class/dmi/id/product_name"));
            if (product.strip().startsWith("Google")) {
                return true;
            }
        } catch (IOException e) {
            // No such table here; the name server knows as well.
        }
        try {
            return InetAddress.getAllByName(METADATA_HOST).length > 0;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private Found ofFile(Path file) throws StoreException {
        Json json;
        try {
            json = Json.read(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    Kind.DENIED,
                    "there is no credentials file " + file + ", which GOOGLE_APPLICATION_CREDENTIALS names",
                    e);
        } catch (IOException e) {
            throw new StoreException(Kind.DENIED, "the credentials file " + file + " cannot be read as JSON", e);
        }
        String type = json.at("type").text("");
        return switch (type) {
            case "service_account" -> {
                ServiceAccount account = ServiceAccount.of(json, file);
                yield new Found(
                        new Token(() -> token(
                                account.tokenUri(),
                                Map.of(
                                        "grant_type",
                                        "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                        "assertion",
                                        account.assertion(SCOPE)),
                                account.email())),
                        account.email());
            }
            case "authorized_user" ->
                new Found(
                        new Token(() -> token(
                                URI.create(json.at("token_uri").text("https://oauth2.googleapis.com/token")),
                                Map.of(
                                        "grant_type",
                                        "refresh_token",
                                        "client_id",
                                        json.at("client_id").text(""),
                                        "client_secret",
                                        json.at("client_secret").text(""),
                                        "refresh_token",
                                        json.at("refresh_token").text("")),
                                "the user of " + file)),
                        "the user of " + file);
            case "external_account" -> new Found(new Token(() -> ofExchange(json, file)), "the identity of " + file);
            default ->
                throw new StoreException(
                        Kind.DENIED,
                        "the credentials in " + file + " are of type '" + type
                                + "'; service_account, authorized_user and external_account are known");
        };
    }

    /** Workload identity: a token of somebody else's, read from a file or an address, is exchanged for one of Google's. */
    private Token.Issued ofExchange(Json json, Path file) throws StoreException {
        Token.Issued exchanged = token(
                URI.create(json.at("token_url").text("https://sts.googleapis.com/v1/token")),
                Map.of(
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:token-exchange",
                        "audience",
                        json.at("audience").text(""),
                        "scope",
                        "https://www.googleapis.com/auth/cloud-platform",
                        "requested_token_type",
                        "urn:ietf:params:oauth:token-type:access_token",
                        "subject_token_type",
                        json.at("subject_token_type").text(""),
                        "subject_token",
                        subject(json.at("credential_source"), file)),
                "the identity of " + file);
        String impersonate = json.at("service_account_impersonation_url").text();
        if (impersonate == null) {
            return exchanged;
        }
        Web.Page page = web.page(
                "POST",
                URI.create(impersonate),
                Map.of("Authorization", "Bearer " + exchanged.value(), "Content-Type", "application/json"),
                "{\"scope\":[\"" + SCOPE + "\"]}",
                ANSWER_BYTES_MAX);
        // Lives an hour, as the request does not ask for less.
        return Token.Issued.of(answer(page, "the identity of " + file, "accessToken"), 3_600);
    }

    private String subject(Json from, Path file) throws StoreException {
        String path = from.at("file").text();
        String address = from.at("url").text();
        byte[] text;
        if (path != null) {
            try {
                text = Files.readAllBytes(Path.of(path));
            } catch (IOException e) {
                throw new StoreException(Kind.DENIED, "cannot read the identity token " + path, e);
            }
        } else if (address != null) {
            Web.Page page = web.page("GET", URI.create(address), Map.of(), null, ANSWER_BYTES_MAX);
            StoreException refusal = Web.refusal("get the identity token", page.answer());
            if (refusal != null) {
                throw refusal;
            }
            text = page.body();
        } else {
            throw new StoreException(
                    Kind.DENIED,
                    file + " takes its identity neither from a file nor from a URL, which is not known here");
        }
        String field = from.at("format").at("subject_token_field_name").text();
        if (field == null) {
            return new String(text, java.nio.charset.StandardCharsets.UTF_8).strip();
        }
        try {
            return Json.read(text).at(field).text("");
        } catch (IOException e) {
            throw new StoreException(Kind.DENIED, "the identity token that " + file + " names is no JSON", e);
        }
    }

    private Token.Issued ofMetadata(String host) throws StoreException {
        URI address = URI.create("http://" + host + "/computeMetadata/v1/instance/service-accounts/default/token");
        Web.Page page = web.page("GET", address, Map.of("Metadata-Flavor", "Google"), null, ANSWER_BYTES_MAX);
        return issued(page, "the service account of this machine");
    }

    private Token.Issued token(URI address, Map<String, String> form, String whose) throws StoreException {
        String body = new LinkedHashMap<>(form)
                .entrySet().stream()
                        .map(field -> Addresses.escape(field.getKey()) + "=" + Addresses.escape(field.getValue()))
                        .collect(Collectors.joining("&"));
        return issued(
                web.page(
                        "POST",
                        address,
                        Map.of("Content-Type", "application/x-www-form-urlencoded"),
                        body,
                        ANSWER_BYTES_MAX),
                whose);
    }

    private static Token.Issued issued(Web.Page page, String whose) throws StoreException {
        String token = answer(page, whose, "access_token");
        try {
            return Token.Issued.of(
                    token, Json.read(page.body()).at("expires_in").number(3_600));
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, "the token service answers with no JSON", e);
        }
    }

    private static String answer(Web.Page page, String whose, String field) throws StoreException {
        int status = page.answer().status();
        String why;
        try {
            Json json = Json.read(page.body());
            String token = json.at(field).text();
            if (status == 200 && token != null) {
                return token;
            }
            why = json.at("error_description").text(json.at("error").text(""));
        } catch (IOException e) {
            why = "";
        }
        boolean passing = status >= 500 || status == 429;
        throw new StoreException(
                passing ? Kind.UNAVAILABLE : Kind.DENIED,
                "no token for " + whose + ": the token service says " + status
                        + (why.isEmpty() ? "" : ", " + why.replaceAll("\\s+", " ")));
    }
}

package dev.leat.dataset.azure;

import dev.leat.dataset.web.Addresses;
import dev.leat.dataset.web.Json;
import dev.leat.dataset.web.Token;
import dev.leat.dataset.web.Web;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of Entra ID, from where Azure's own libraries look, in their order: a client secret in the environment, workload
 * identity, the managed identity of the machine, and who is logged in at the Azure CLI.
 *
 * @param issuer gives tokens
 * @param whose for messages
 */
record EntraTokens(Token.Issuer issuer, String whose) {
    private static final String RESOURCE = "https://storage.azure.com/";
    private static final String MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token";
    private static final int ANSWER_BYTES_MAX = 1 << 20;
    private static final int CLI_SECONDS_MAX = 30;

    static EntraTokens find(Web web, Map<String, String> environment) {
        String tenant = environment.get("AZURE_TENANT_ID");
        String client = environment.get("AZURE_CLIENT_ID");
        String secret = environment.get("AZURE_CLIENT_SECRET");
        String tokenFile = environment.get("AZURE_FEDERATED_TOKEN_FILE");
        if (tenant != null && client != null && secret != null) {
            URI address = authority(environment, tenant);
            String whose = "the client " + client;
            return new EntraTokens(
                    () -> token(web, address, Map.of("client_id", client, "client_secret", secret), whose), whose);
        }
        if (tenant != null && client != null && tokenFile != null) {
            URI address = authority(environment, tenant);
            String whose = "the workload identity " + client;
            return new EntraTokens(() -> token(web, address, federated(client, tokenFile), whose), whose);
        }
        String service = environment.get("IDENTITY_ENDPOINT");
        String header = environment.get("IDENTITY_HEADER");
        if (service != null && header != null) {
            String query = "?api-version=2019-08-01&resource=" + Addresses.escape(RESOURCE)
                    + (client == null ? "" : "&client_id=" + Addresses.escape(client));
            return new EntraTokens(
                    () -> managed(web, URI.create(service + query), Map.of("X-IDENTITY-HEADER", header)),
                    "the managed identity");
        }
        if (isInAzure()) {
            String query = "?api-version=2018-02-01&resource=" + Addresses.escape(RESOURCE)
                    + (client == null ? "" : "&client_id=" + Addresses.escape(client));
            return new EntraTokens(
                    () -> managed(web, URI.create(MACHINE + query), Map.of("Metadata", "true")),
                    "the managed identity of this machine");
        }
        return new EntraTokens(EntraTokens::ofCli, "the login of the Azure CLI");
    }

    private static URI authority(Map<String, String> environment, String tenant) {
        String host = environment.getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/");
        return URI.create(host.replaceAll("/+$", "") + "/" + Addresses.escape(tenant) + "/oauth2/v2.0/token");
    }

    /** Whether the machine is one of Azure's, by the tag that its virtual machines carry. */
    private static boolean isInAzure() {
        try {
            return Files.readString(Path.of("/sys/class/dmi/id/chassis_asset_tag"))
                    .strip()
                    .equals("7783-7084-3265-9085-8269-3286-77");
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<String, String> federated(String client, String tokenFile) throws StoreException {
        try {
            return Map.of(
                    "client_id",
                    client,
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion",
                    Files.readString(Path.of(tokenFile)).strip());
        } catch (IOException e) {
            throw new StoreException(
                    Kind.DENIED, "cannot read the token " + tokenFile + ", which AZURE_FEDERATED_TOKEN_FILE names", e);
        }
    }

    private static Token.Issued token(Web web, URI address, Map<String, String> form, String whose)
            throws StoreException {
        Map<String, String> fields = new TreeMap<>(form);
        fields.put("grant_type", "client_credentials");
        fields.put("scope", RESOURCE + ".default");
        String body = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + Addresses.escape(field.getValue()))
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

    private static Token.Issued managed(Web web, URI address, Map<String, String> headers) throws StoreException {
        return issued(web.page("GET", address, headers, null, ANSWER_BYTES_MAX), "the managed identity");
    }

    private static Token.Issued issued(Web.Page page, String whose) throws StoreException {
        int status = page.answer().status();
        Json json = null;
        try {
            json = Json.read(page.body());
        } catch (IOException e) {
            // What is no JSON holds no token: said below.
        }
        String token = json == null ? null : json.at("access_token").text();
        if (json == null || status != 200 || token == null) {
            throw new StoreException(
                    status >= 500 || status == 429 ? Kind.UNAVAILABLE : Kind.DENIED,
                    "no token for " + whose + ": the token service says " + status + why(json));
        }
        return Token.Issued.of(token, seconds(json));
    }

    private static String why(@Nullable Json json) {
        String text = json == null
                ? ""
                : json.at("error_description").text(json.at("error").text(""));
        int line = text.indexOf('\n');
        String first = (line < 0 ? text : text.substring(0, line)).strip();
        return first.isEmpty() ? "" : ", " + first;
    }

    private static long seconds(Json json) {
        long absolute = json.at("expires_on").number(0);
        long relative = json.at("expires_in").number(0);
        return relative > 0 ? relative : Math.max(0, absolute - Instant.now().getEpochSecond());
    }

    private static Token.Issued ofCli() throws StoreException {
        List<String> command = List.of("az", "account", "get-access-token", "--resource", RESOURCE, "--output", "json");
        String none = "no credentials for Azure were found: set AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, or "
                + "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run 'az login'; --anonymous reads public "
                + "containers";
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new StoreException(Kind.DENIED, none, e);
        }
        try {
            // A token and its dates fit into a pipe: it ends without being read.
            if (!process.waitFor(CLI_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new StoreException(
                        Kind.UNAVAILABLE, "'az account get-access-token' did not end within " + CLI_SECONDS_MAX + " s");
            }
            if (process.exitValue() != 0) {
                throw new StoreException(Kind.DENIED, none);
            }
            Json json = Json.read(process.getInputStream().readAllBytes());
            return Token.Issued.of(json.at("accessToken").text(""), seconds(json));
        } catch (IOException e) {
            throw e instanceof StoreException known ? known : new StoreException(Kind.DENIED, none, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted while the Azure CLI was asked for a token", e);
        } finally {
            process.destroyForcibly();
        }
    }

    @Override
    public String toString() {
        return whose;
    }
}

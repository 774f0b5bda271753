package dev.leat.dataset.azure;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says of the storage account, as Azure's own tools read it.
 *
 * @param account AZURE_STORAGE_ACCOUNT
 * @param key AZURE_STORAGE_KEY, in Base64
 * @param sas AZURE_STORAGE_SAS_TOKEN, a query without its question mark
 * @param endpoint from AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_SERVICE_ENDPOINT
 */
record AzureSettings(
        @Nullable String account,
        @Nullable String key,
        @Nullable String sas,
        @Nullable URI endpoint) {
    static AzureSettings of(Map<String, String> environment) throws StoreException {
        Map<String, String> all = new HashMap<>();
        String connection = environment.getOrDefault("AZURE_STORAGE_CONNECTION_STRING", "");
        for (String part : connection.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                all.put(
                        part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                        part.substring(equals + 1).strip());
            }
        }
        put(all, "accountname", environment.get("AZURE_STORAGE_ACCOUNT"));
        put(all, "accountname", environment.get("AZURE_STORAGE_ACCOUNT_NAME"));
        put(all, "accountkey", environment.get("AZURE_STORAGE_KEY"));
        put(all, "accountkey", environment.get("AZURE_STORAGE_ACCOUNT_KEY"));
        put(all, "sharedaccesssignature", environment.get("AZURE_STORAGE_SAS_TOKEN"));
        put(all, "blobendpoint", environment.get("AZURE_STORAGE_SERVICE_ENDPOINT"));
        String sas = all.get("sharedaccesssignature");
        return new AzureSettings(
                all.get("accountname"),
                all.get("accountkey"),
                sas != null && sas.startsWith("?") ? sas.substring(1) : sas,
                endpoint(all));
    }

    private static void put(Map<String, String> to, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            to.put(name, value);
        }
    }

    private static @Nullable URI endpoint(Map<String, String> all) throws StoreException {
        String text = all.get("blobendpoint");
        String suffix = all.get("endpointsuffix");
        String account = all.get("accountname");
        if (text == null && suffix != null && account != null) {
            text = all.getOrDefault("defaultendpointsprotocol", "https") + "://" + account + ".blob." + suffix;
        }
        if (text == null) {
            return null;
        }
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    Kind.INVALID,
                    "the blob endpoint in AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_SERVICE_ENDPOINT is no address",
                    e);
        }
    }

    @Override
    public String toString() {
        return "account " + account;
    }
}

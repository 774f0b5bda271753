package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.azure.AzureSource;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.web.Addresses;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.AzuriteServer;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Containers of Azure Blob Storage, at Microsoft's emulator, in each way of showing a right. */
class AzureSourceTest {
    private static @Nullable AzuriteServer server;
    private static int containers;

    @BeforeAll
    static void start() throws IOException {
        Requires.toolchain(AzuriteServer.binary().isPresent(), AzuriteServer.howToGet());
        server = AzuriteServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static AzuriteServer server() {
        assertThat(server).isNotNull();
        return server;
    }

    private static AzureSource source(String container, boolean anonymous, Map<String, String> environment)
            throws StoreException {
        StoreOptions options = StoreOptions.DEFAULT
                .withS3(server().endpoint(), s3 -> s3)
                .withCloud(new StoreOptions.Cloud(AzuriteServer.ACCOUNT, anonymous, false));
        return new AzureSource(null, null, container, "pre/fix/", options, environment, "leat-test", null);
    }

    /** One way. */
    abstract static class Way extends SourceContract {
        private String container = "";

        abstract Source source(String container) throws Exception;

        boolean isPublic() {
            return false;
        }

        @Override
        protected Source open() throws Exception {
            container = "data-" + containers++;
            server().createContainer(container, isPublic());
            return source(container);
        }

        @Override
        protected void put(String path, byte[] bytes) throws IOException {
            server().put(container, Addresses.escape("pre/fix/" + path), bytes);
        }

        @Override
        protected void remove(String path) throws IOException {
            server().remove(container, Addresses.escape("pre/fix/" + path));
        }

        @Override
        protected boolean knowsDirectories() {
            return false;
        }

        /** The service takes a backslash for a slash. */
        @Override
        protected Set<String> oddNames() {
            Set<String> names = new TreeSet<>(super.oddNames());
            names.removeIf(name -> name.indexOf('\\') >= 0);
            return names;
        }
    }

    /** By the account's key. */
    @Nested
    class SharedKey extends Way {
        @Override
        Source source(String container) throws Exception {
            return AzureSourceTest.source(container, false, Map.of("AZURE_STORAGE_KEY", AzuriteServer.KEY));
        }
    }

    /** By a signature in the address. */
    @Nested
    class SharedAccessSignature extends Way {
        @Override
        Source source(String container) throws Exception {
            String signature = "?" + server().signature("rl", 60);
            return AzureSourceTest.source(container, false, Map.of("AZURE_STORAGE_SAS_TOKEN", signature));
        }
    }

    /** Without credentials, of a public container. */
    @Nested
    class Anonymous extends Way {
        @Override
        boolean isPublic() {
            return true;
        }

        @Override
        Source source(String container) throws Exception {
            return AzureSourceTest.source(container, true, Map.of());
        }
    }

    private static void assertRefused(Source source, Kind kind, String saying, String secret) {
        assertThatThrownBy(() -> source.list("", _ -> true))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(saying)
                .hasMessageNotContaining(secret)
                .hasMessageNotContaining("\n");
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws Exception {
        String container = "data-" + containers++;
        server().createContainer(container, false);
        String over = server().signature("rl", -60);
        try (Source key = source("nobodys", false, Map.of("AZURE_STORAGE_KEY", AzuriteServer.KEY));
                Source otherKey = source(container, false, Map.of("AZURE_STORAGE_KEY", "c2VjcmV0"));
                Source nobody = source(container, true, Map.of());
                Source late = source(container, false, Map.of("AZURE_STORAGE_SAS_TOKEN", over))) {
            assertRefused(key, Kind.NOT_FOUND, "there is no container nobodys in the account", AzuriteServer.KEY);
            assertRefused(otherKey, Kind.DENIED, "check account and key", "c2VjcmV0");
            assertRefused(late, Kind.DENIED, "AZURE_STORAGE_SAS_TOKEN", over.substring(over.indexOf("sig=")));
            assertThatThrownBy(() -> nobody.list("", _ -> true)).isInstanceOf(StoreException.class);
        }
        assertThatThrownBy(() -> source(container, false, Map.of("AZURE_STORAGE_KEY", "no base64!")))
                .hasMessageContaining("is no Base64")
                .hasMessageNotContaining("no base64!");
        assertThatThrownBy(() ->
                        new AzureSource(null, null, container, "", StoreOptions.DEFAULT, Map.of(), "leat-test", null))
                .hasMessageContaining("--account");
    }

    @Test
    void aConnectionStringSaysItAll() throws Exception {
        String container = "data-" + containers++;
        server().createContainer(container, false);
        server().put(container, "f", new byte[3]);
        String text = "DefaultEndpointsProtocol=http;AccountName=" + AzuriteServer.ACCOUNT + ";AccountKey="
                + AzuriteServer.KEY + ";BlobEndpoint=" + server().endpoint() + ";";
        Map<String, String> environment = Map.of("AZURE_STORAGE_CONNECTION_STRING", text);
        try (Source source =
                new AzureSource(null, null, container, "", StoreOptions.DEFAULT, environment, "leat-test", null)) {
            assertThat(source.facts("f").sizeBytes()).isEqualTo(3);
            assertThat(source.location()).isEqualTo(server().endpoint() + "/" + container + "/");
        }
    }
}

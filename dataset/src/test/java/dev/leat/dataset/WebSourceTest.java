package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.dataset.source.Source;
import dev.leat.store.StoreOptions;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.WebServer;
import dev.leat.testing.servers.WebServer.Program;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Directory trees behind real web servers, in the ways in which these write their pages. */
class WebSourceTest {
    /** One server with one setting. */
    abstract static class OfServer extends SourceContract {
        private final Program program;
        private final String setting;
        private @Nullable WebServer server;

        OfServer(Program program, String setting) {
            this.program = program;
            this.setting = setting;
        }

        WebServer server() {
            assertThat(server).isNotNull();
            return server;
        }

        @Override
        protected Source open() throws Exception {
            Requires.that(program.isInstalled(), program.howToGet());
            server = WebServer.start(program, setting);
            return Sources.open(SourceUrl.parse(server.address().toString()), StoreOptions.DEFAULT, "leat-test", null);
        }

        @AfterEach
        void stop() {
            if (server != null) {
                server.close();
            }
        }

        @Override
        protected void put(String path, byte[] bytes) throws IOException {
            new FolderTree(server().root()).put(path, bytes);
        }

        @Override
        protected void remove(String path) throws IOException {
            new FolderTree(server().root()).remove(path);
        }
    }

    /** As archives of the Apache foundation are set up. */
    @Nested
    class Apache extends OfServer {
        Apache() {
            super(Program.APACHE, "FancyIndexing NameWidth=* FoldersFirst HTMLTable");
        }

        @Test
        void aSubtreeOfAnEscapedAddress() throws Exception {
            put("dist dir/spark 1/a.tgz", new byte[3]);
            String address = server().address() + "dist%20dir";
            try (Source source = Sources.open(SourceUrl.parse(address), StoreOptions.DEFAULT, "leat-test", null)) {
                source.list("", entry -> {
                    assertThat(entry.name()).isEqualTo("spark 1");
                    return true;
                });
                assertThat(source.facts("spark 1/a.tgz").sizeBytes()).isEqualTo(3);
            }
        }
    }

    /** Its pages without tables, with names cut short. */
    @Nested
    class ApachePreformatted extends OfServer {
        ApachePreformatted() {
            super(Program.APACHE, "FancyIndexing IconsAreLinks NameWidth=12");
        }
    }

    /** Its bare lists. */
    @Nested
    class ApachePlain extends OfServer {
        ApachePlain() {
            super(Program.APACHE, "");
        }
    }

    /** As it comes: sizes to the byte. */
    @Nested
    class Nginx extends OfServer {
        Nginx() {
            super(Program.NGINX, "");
        }
    }

    /** Sizes rounded. */
    @Nested
    class NginxRounded extends OfServer {
        NginxRounded() {
            super(Program.NGINX, "autoindex_exact_size off; autoindex_localtime on;");
        }
    }

    /** Listings in JSON. */
    @Nested
    class NginxJson extends OfServer {
        NginxJson() {
            super(Program.NGINX, "autoindex_format json;");
        }
    }

    /** Without ETags the time of the last change tells versions apart. */
    @Nested
    class NginxWithoutETags extends OfServer {
        NginxWithoutETags() {
            super(Program.NGINX, "etag off;");
        }
    }

    /** A server that sends everything when asked for a range. */
    @Nested
    class NginxWithoutRanges extends OfServer {
        NginxWithoutRanges() {
            super(Program.NGINX, "max_ranges 0;");
        }
    }

    /** Sizes rounded, times to the second. */
    @Nested
    class Lighttpd extends OfServer {
        Lighttpd() {
            super(Program.LIGHTTPD, "");
        }
    }
}

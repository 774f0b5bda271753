package dev.leat.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.dataset.SourceContract;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.Sources;
import dev.leat.dataset.hdfs.WebHdfsSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Hadoop file system, by its own protocol and by HTTP, at name node and data node of Hadoop's own in this process. */
class HadoopSourceTest {
    private static final int LIST_PAGE = 50;

    @TempDir
    private static @Nullable Path folder;

    private static @Nullable MiniDFSCluster cluster;
    private static int directories;

    @BeforeAll
    static void start() throws IOException {
        Configuration configuration = new Configuration();
        configuration.set("hdfs.minidfs.basedir", Objects.requireNonNull(folder).toString());
        // Short pages, so that listings take more than one.
        configuration.setInt("dfs.ls.limit", LIST_PAGE);
        // Who closes a file asks so soon again whether the data node has told the name node of its block.
        configuration.setInt("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", 5);
        // Nobody pulls the plug: what is written need not reach the disk before it is acknowledged.
        configuration.setBoolean("dfs.namenode.edits.noeditlogchannelflush", true);
        configuration.setBoolean("dfs.permissions.enabled", true);
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.shutdown(true);
        }
    }

    private static MiniDFSCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    private static DistributedFileSystem files() throws IOException {
        return cluster().getFileSystem();
    }

    private static Source open(String address) throws StoreException {
        return Sources.open(SourceUrl.parse(address), StoreOptions.DEFAULT, "leat-test", null);
    }

    private static String address(String scheme, String path) {
        String authority = scheme.equals("hdfs")
                ? "127.0.0.1:" + cluster().getNameNodePort()
                : "127.0.0.1:" + cluster().getNameNode().getHttpAddress().getPort();
        return scheme + "://" + authority + path;
    }

    /** One protocol. */
    abstract static class Protocol extends SourceContract {
        private final String scheme;
        private String root = "";

        Protocol(String scheme) {
            this.scheme = scheme;
        }

        private org.apache.hadoop.fs.Path at(String path) {
            return new org.apache.hadoop.fs.Path(null, null, root + "/" + path);
        }

        @Override
        protected Source open() throws Exception {
            root = "/data sets/" + directories++;
            files().mkdirs(new org.apache.hadoop.fs.Path(root));
            return HadoopSourceTest.open(address(scheme, root));
        }

        @Override
        protected void put(String path, byte[] bytes) throws IOException {
            try (OutputStream out = files().create(at(path), true)) {
                out.write(bytes);
            }
        }

        @Override
        protected void remove(String path) throws IOException {
            files().delete(at(path), false);
        }

        @Override
        protected int manyNames() {
            return 5 * LIST_PAGE + 7;
        }

        /** Hadoop's paths have no colons in their names. */
        @Override
        protected Set<String> oddNames() {
            Set<String> names = new TreeSet<>(super.oddNames());
            names.removeIf(name -> name.indexOf(':') >= 0);
            return names;
        }

        @Test
        void aFileThatGrowsIsAnotherVersion() throws Exception {
            put("log", bytes(1_000, 1));
            try (Source source = HadoopSourceTest.open(address(scheme, root))) {
                Facts before = source.facts("log");
                try (OutputStream out = files().append(at("log"))) {
                    out.write(bytes(500, 2));
                }
                assertThatThrownBy(() -> source.read("log", before, 0, java.nio.ByteBuffer.allocate(10)))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PRECONDITION_FAILED));
                assertThat(source.facts("log").sizeBytes()).isEqualTo(1_500);
            }
        }

        /** The same as another user. */
        abstract Source asStranger(String address) throws Exception;

        @Test
        void whatMayNotBeReadIsDenied() throws Exception {
            put("mine", bytes(10, 1));
            files().setPermission(at("mine"), new FsPermission((short) 0600));
            try (Source source = asStranger(address(scheme, root))) {
                Facts facts = source.facts("mine");
                assertThatThrownBy(() -> source.read("mine", facts, 0, java.nio.ByteBuffer.allocate(10)))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED))
                        .hasMessageContaining("stranger")
                        .hasMessageNotContaining("\n");
            }
        }
    }

    /** Its own. */
    @Nested
    class Native extends Protocol {
        Native() {
            super("hdfs");
        }

        @Override
        Source asStranger(String address) throws Exception {
            UserGroupInformation stranger = UserGroupInformation.createRemoteUser("stranger");
            return stranger.doAs((PrivilegedExceptionAction<Source>) () -> HadoopSourceTest.open(address));
        }
    }

    /** HTTP. */
    @Nested
    class Web extends Protocol {
        Web() {
            super("webhdfs");
        }

        @Override
        Source asStranger(String address) throws Exception {
            SourceUrl.WebHadoop url = (SourceUrl.WebHadoop) SourceUrl.parse(address);
            return new WebHdfsSource(
                    url.server(),
                    url.path(),
                    StoreOptions.DEFAULT,
                    Map.of("HADOOP_USER_NAME", "stranger"),
                    "leat-test",
                    null);
        }
    }

    @Test
    void aServerThatIsNotThereIsNamed() {
        RetryPolicy once = new RetryPolicy(
                1,
                java.time.Duration.ofMillis(1),
                java.time.Duration.ofMillis(1),
                java.time.Duration.ofSeconds(60),
                0.1,
                1);
        StoreOptions options = new StoreOptions(
                false,
                StoreOptions.DEFAULT.limits(),
                once,
                null,
                StoreOptions.DEFAULT.cloud(),
                StoreOptions.DEFAULT.s3(),
                false);
        for (String address : new String[] {"hdfs://127.0.0.1:1/x", "webhdfs://127.0.0.1:1/x"}) {
            assertThatThrownBy(() -> {
                        try (Source source = Sources.open(SourceUrl.parse(address), options, "leat-test", null)) {
                            source.list("", _ -> true);
                        }
                    })
                    .as(address)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                    .hasMessageNotContaining("\n");
        }
    }
}

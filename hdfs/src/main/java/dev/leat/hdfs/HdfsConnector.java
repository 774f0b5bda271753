package dev.leat.hdfs;

import dev.leat.dataset.source.Connector;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;

/**
 * Opens Hadoop file systems with the configuration in HADOOP_CONF_DIR, as Hadoop's own tools do: name services with several
 * name nodes, Kerberos, encrypted transfer. Without one, an address with host and port is enough.
 */
public final class HdfsConnector implements Connector {
    /** Waits that end within a request's deadline; who configures others knows why. */
    private static final Map<String, String> WAITS = Map.of(
            "ipc.client.connect.timeout", "10000",
            "ipc.client.connect.max.retries", "1",
            "ipc.client.connect.max.retries.on.timeouts", "1",
            "ipc.client.rpc-timeout.ms", "15000",
            "dfs.client.socket-timeout", "15000",
            "dfs.client.failover.max.attempts", "4",
            "dfs.client.failover.sleep.max.millis", "2000");

    /** For {@link java.util.ServiceLoader}. */
    public HdfsConnector() {}

    @Override
    public Source open(@Nullable URI server, String path, StoreOptions options) throws StoreException {
        ClassLoader own = HdfsConnector.class.getClassLoader();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Hadoop looks for its parts by the thread's loader, and its threads inherit that.
        thread.setContextClassLoader(own);
        try {
            Configuration configuration = configuration(own);
            URI address = server == null ? FileSystem.getDefaultUri(configuration) : server;
            if (!"hdfs".equals(address.getScheme())) {
                throw new StoreException(
                        Kind.INVALID,
                        "hdfs:///… needs the name of the file system in HADOOP_CONF_DIR (fs.defaultFS), which says "
                                + address + "; or write hdfs://HOST:PORT/PATH");
            }
            UserGroupInformation.setConfiguration(configuration);
            DistributedFileSystem files = new DistributedFileSystem();
            files.initialize(address, configuration);
            return new HdfsSource(files, address, path, options);
        } catch (IOException e) {
            throw e instanceof StoreException known ? known : HdfsSource.failure("open hdfs://" + path, e);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    Kind.INVALID,
                    "cannot open " + server + ": " + e.getMessage()
                            + "; check the host, or the name services in HADOOP_CONF_DIR",
                    e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static Configuration configuration(ClassLoader own) throws StoreException {
        Configuration configuration = new Configuration();
        configuration.setClassLoader(own);
        WAITS.forEach(configuration::set);
        String folder = System.getenv("HADOOP_CONF_DIR");
        if (folder != null && !folder.isEmpty()) {
            if (!Files.isDirectory(Path.of(folder))) {
                throw new StoreException(Kind.INVALID, "HADOOP_CONF_DIR is no directory: " + folder);
            }
            for (String name : new String[] {"core-site.xml", "hdfs-site.xml"}) {
                Path file = Path.of(folder, name);
                if (Files.exists(file)) {
                    configuration.addResource(new org.apache.hadoop.fs.Path(file.toUri()));
                }
            }
        }
        return configuration;
    }
}

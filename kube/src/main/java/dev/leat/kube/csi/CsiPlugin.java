package dev.leat.kube.csi;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin: one socket for each driver's name, all of them over the same managers. Its services are thin; whatever a call
 * does can be done again, and no two calls work on one volume at a time.
 */
public final class CsiPlugin implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CsiPlugin.class);
    private static final long END_SECONDS = 30;

    private final List<Server> servers = new ArrayList<>();
    private final List<Path> sockets = new ArrayList<>();
    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final @Nullable ClusterNodeLabels labels;

    private CsiPlugin(CsiOptions options, VolumeStore volumes) throws IOException {
        labels = options.cluster() && options.node() && options.endpoints().containsKey(Driver.FLUID)
                ? new ClusterNodeLabels(options.nodeId())
                : null;
        NodeMounts mounts = new NodeMounts(MountTable.own(), options.leat());
        FluidMounts fluid = new FluidMounts(mounts, labels == null ? NodeLabels.NONE : labels, options.mountRoot());
        for (Map.Entry<Driver, Path> endpoint : options.endpoints().entrySet()) {
            Driver driver = endpoint.getKey();
            NettyServerBuilder builder =
                    server(endpoint.getValue()).addService(new IdentityService(driver, options.version()).definition());
            if (options.controller()) {
                builder.addService(new ControllerService(driver, volumes).definition());
            }
            if (options.node()) {
                builder.addService(
                        new NodeService(driver, options.nodeId(), mounts, fluid, options.state(), options.defaults())
                                .definition());
            }
            servers.add(builder.build().start());
            sockets.add(endpoint.getValue());
            Files.setPosixFilePermissions(endpoint.getValue(), PosixFilePermissions.fromString("rw-rw----"));
            Path registrations = options.registration();
            if (registrations != null) {
                Path socket = Registration.socket(registrations, driver);
                servers.add(server(socket)
                        .addService(Registration.of(driver, endpoint.getValue()))
                        .build()
                        .start());
                sockets.add(socket);
            }
            log.info("{} listens on {}", driver.text(), endpoint.getValue());
        }
    }

    /** Serves until closed. */
    public static CsiPlugin start(CsiOptions options, VolumeStore volumes) throws IOException {
        return new CsiPlugin(options, volumes);
    }

    private NettyServerBuilder server(Path socket) throws IOException {
        Path folder = socket.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        // That of a plugin that was killed.
        Files.deleteIfExists(socket);
        return NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioServerDomainSocketChannel.class)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .executor(calls);
    }

    @Override
    public void close() throws IOException {
        servers.forEach(Server::shutdown);
        try {
            for (Server server : servers) {
                if (!server.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                    server.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean ended = loop.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            log.warn("the sockets are still in use");
        }
        calls.shutdown();
        for (Path socket : sockets) {
            Files.deleteIfExists(socket);
        }
        if (labels != null) {
            labels.close();
        }
    }
}

package dev.leat.kube.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin over its sockets: what it answers, and with which codes it fails. */
@Timeout(120)
class CsiPluginTest {
    private static final Answer WRITER = new Answer().message(2, new Answer()).message(3, new Answer().number(1, 5));

    @TempDir
    Path folder;

    private final MemoryVolumes volumes = new MemoryVolumes();
    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();
    private CsiPlugin plugin;
    private ManagedChannel leat;
    private ManagedChannel juicefs;
    private ManagedChannel fluid;

    @BeforeEach
    void start() throws IOException {
        Map<Driver, Path> endpoints = Map.of(
                Driver.LEAT, folder.resolve("leat.sock"),
                Driver.JUICEFS, folder.resolve("juicefs.sock"),
                Driver.FLUID, folder.resolve("fluid.sock"));
        // What a plugin that was killed leaves behind is no obstacle.
        Files.createFile(folder.resolve("leat.sock"));
        plugin = CsiPlugin.start(
                new CsiOptions(
                        endpoints,
                        true,
                        true,
                        "node1",
                        "0.1.0",
                        "/bin/false",
                        folder.resolve("state"),
                        folder.resolve("runtime"),
                        false,
                        null,
                        List.of()),
                volumes);
        leat = channel("leat.sock");
        juicefs = channel("juicefs.sock");
        fluid = channel("fluid.sock");
    }

    private ManagedChannel channel(String name) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(folder.resolve(name)))
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(loop)
                .usePlaintext()
                .build();
        channels.add(channel);
        return channel;
    }

    @AfterEach
    void close() throws IOException {
        channels.forEach(ManagedChannel::shutdownNow);
        plugin.close();
        assertThat(loop.shutdownGracefully()).isNotNull();
    }

    private static Fields call(ManagedChannel channel, String method, Answer request) {
        MethodDescriptor<Answer, Fields> descriptor = MethodDescriptor.<Answer, Fields>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("csi.v1." + method)
                .setRequestMarshaller(new Requests())
                .setResponseMarshaller(new Replies())
                .build();
        return ClientCalls.blockingUnaryCall(channel, descriptor, CallOptions.DEFAULT, request);
    }

    private static final class Requests implements MethodDescriptor.Marshaller<Answer> {
        @Override
        public InputStream stream(Answer value) {
            return new ByteArrayInputStream(value.toBytes());
        }

        @Override
        public Answer parse(InputStream stream) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Replies implements MethodDescriptor.Marshaller<Fields> {
        @Override
        public InputStream stream(Fields value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Fields parse(InputStream stream) {
            try {
                return Fields.read(stream);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void fails(Status.Code code, ManagedChannel channel, String method, Answer request) {
        assertThatThrownBy(() -> call(channel, method, request))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).as(e.getMessage()).isEqualTo(code);
                    assertThat(e.getStatus().getDescription()).isNotBlank().doesNotContain("\n");
                });
    }

    private static Answer volume(String name, long bytes) {
        return new Answer()
                .text(1, name)
                .message(2, new Answer().number(1, bytes))
                .message(3, WRITER)
                .map(4, Map.of("metaurl", "redis://host/1"));
    }

    @Test
    void eachSocketIsOneDriver() throws IOException {
        assertThat(call(leat, "Identity/GetPluginInfo", new Answer()).text(1)).isEqualTo("csi.leat.dev");
        assertThat(call(juicefs, "Identity/GetPluginInfo", new Answer()).text(1))
                .isEqualTo("csi.juicefs.com");
        assertThat(call(fluid, "Identity/GetPluginInfo", new Answer()).text(1)).isEqualTo("fuse.csi.fluid.io");
        assertThat(call(leat, "Identity/Probe", new Answer()).message(1).number(1))
                .isEqualTo(1);
        assertThat(call(leat, "Node/NodeGetInfo", new Answer()).text(1)).isEqualTo("node1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("leat.sock"))))
                .isEqualTo("rw-rw----");
    }

    @Test
    void aVolumeIsMadeOnce() throws IOException {
        Fields made =
                call(leat, "Controller/CreateVolume", volume("pvc-1", 1000)).message(1);
        assertThat(made.text(2)).isEqualTo("pvc-1@redis://host/1");
        assertThat(made.number(1)).isEqualTo(1000);
        assertThat(made.map(3)).isEqualTo(Map.of("path", "/pvc-1", "metaurl", "redis://host/1"));
        assertThat(call(leat, "Controller/CreateVolume", volume("pvc-1", 1000))
                        .message(1)
                        .text(2))
                .isEqualTo("pvc-1@redis://host/1");
        fails(Status.Code.ALREADY_EXISTS, leat, "Controller/CreateVolume", volume("pvc-1", 2000));
        call(leat, "Controller/DeleteVolume", new Answer().text(1, "pvc-1@redis://host/1"));
        assertThat(volumes.volumes).isEmpty();
        call(leat, "Controller/DeleteVolume", new Answer().text(1, "pvc-1@redis://host/1"));
        call(leat, "Controller/DeleteVolume", new Answer().text(1, "never heard of"));
    }

    @Test
    void theStorageClassOfAJuiceFsUser() throws IOException {
        Answer request = new Answer()
                .text(1, "pvc-2")
                .message(2, new Answer().number(1, 100L << 30))
                .message(
                        3,
                        new Answer()
                                .message(2, new Answer().text(2, "cache-size=102400,buffer-size=300,writeback"))
                                .message(3, new Answer().number(1, 5)))
                .map(
                        4,
                        Map.of(
                                "metaurl", "redis://juicefs-redis.sre:6379/1",
                                "bucket", "https://s3.us-east-1.amazonaws.com/ai-dataset",
                                "pathPattern", "${.pvc.namespace}/${.pvc.name}",
                                "csi.storage.k8s.io/pvc/name", "checkpoints",
                                "csi.storage.k8s.io/pvc/namespace", "ml"));
        Fields made = call(juicefs, "Controller/CreateVolume", request).message(1);
        assertThat(made.map(3)).containsEntry("path", "/ml/checkpoints");
        // A secret holds the URL with its password: the id does not.
        Answer secret = new Answer()
                .text(1, "pvc-3")
                .message(3, WRITER)
                .map(5, Map.of("metaurl", "redis://:pass@host/1", "access-key", "a"));
        Fields hidden = call(juicefs, "Controller/CreateVolume", secret).message(1);
        assertThat(hidden.text(2)).isEqualTo("pvc-3");
        assertThat(hidden.map(3)).isEqualTo(Map.of("path", "/pvc-3"));
        Answer bad = new Answer()
                .text(1, "pvc-4")
                .message(
                        3,
                        new Answer()
                                .message(2, new Answer().text(2, "upload-delay=1h"))
                                .message(3, new Answer().number(1, 5)))
                .map(4, Map.of("metaurl", "redis://host/1"));
        fails(Status.Code.INVALID_ARGUMENT, juicefs, "Controller/CreateVolume", bad);
    }

    @Test
    void copiesKnowWhatTheyAreOf() throws IOException {
        call(leat, "Controller/CreateVolume", volume("pvc-1", 1000));
        Answer snapshot = new Answer().text(1, "pvc-1@redis://host/1").text(2, "snap-1");
        Fields made = call(leat, "Controller/CreateSnapshot", snapshot).message(1);
        assertThat(made.text(2)).isEqualTo("snap-1@redis://host/1");
        assertThat(made.text(3)).isEqualTo("pvc-1@redis://host/1");
        assertThat(made.message(4).number(1)).isEqualTo(1_700_000_000L);
        assertThat(made.number(5)).isEqualTo(1);
        Answer from = volume("pvc-2", 1000)
                .message(6, new Answer().message(1, new Answer().text(1, "snap-1@redis://host/1")));
        Fields copy = call(leat, "Controller/CreateVolume", from).message(1);
        assertThat(copy.message(4).message(1).text(1)).isEqualTo("snap-1@redis://host/1");
        assertThat(volumes.volumes)
                .hasEntrySatisfying("pvc-2", made2 -> assertThat(made2.source()).isEqualTo("snapshot:snap-1"));
        fails(Status.Code.ALREADY_EXISTS, leat, "Controller/CreateVolume", volume("pvc-2", 1000));
        Answer nowhere =
                volume("pvc-3", 1000).message(6, new Answer().message(2, new Answer().text(1, "gone@redis://host/1")));
        fails(Status.Code.NOT_FOUND, leat, "Controller/CreateVolume", nowhere);
    }

    @Test
    void aVolumeGrowsAndDoesNotShrink() throws IOException {
        call(leat, "Controller/CreateVolume", volume("pvc-1", 1000));
        Answer grow = new Answer().text(1, "pvc-1@redis://host/1").message(2, new Answer().number(1, 5000));
        Fields grown = call(leat, "Controller/ControllerExpandVolume", grow);
        assertThat(grown.number(1)).isEqualTo(5000);
        assertThat(grown.number(2)).as("nothing to do on nodes").isZero();
        Answer less = new Answer().text(1, "pvc-1@redis://host/1").message(2, new Answer().number(1, 10));
        assertThat(call(leat, "Controller/ControllerExpandVolume", less).number(1))
                .isEqualTo(5000);
    }

    @Test
    void aSecondCallForABusyVolumeIsSentAway() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        volumes.gate = gate;
        try (ExecutorService one = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Fields> first = one.submit(() -> call(leat, "Controller/CreateVolume", volume("pvc-1", 1000)));
            Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                fails(
                        Status.Code.ABORTED,
                        leat,
                        "Controller/DeleteVolume",
                        new Answer().text(1, "pvc-1@redis://host/1"));
            });
            gate.countDown();
            assertThat(first.get().message(1).text(2)).isEqualTo("pvc-1@redis://host/1");
        }
    }

    @Test
    void troublesHaveTheirCodes() {
        Map<VolumeStore.Problem.Kind, Status.Code> codes = Map.of(
                VolumeStore.Problem.Kind.NOT_FOUND, Status.Code.NOT_FOUND,
                VolumeStore.Problem.Kind.EXISTS, Status.Code.ALREADY_EXISTS,
                VolumeStore.Problem.Kind.INVALID, Status.Code.INVALID_ARGUMENT,
                VolumeStore.Problem.Kind.NO_ROOM, Status.Code.RESOURCE_EXHAUSTED,
                VolumeStore.Problem.Kind.UNREACHABLE, Status.Code.UNAVAILABLE);
        codes.forEach((kind, code) -> {
            volumes.trouble = kind;
            fails(code, leat, "Controller/CreateVolume", volume("pvc-1", 1));
        });
    }

    @Test
    void requestsThatLackSomethingAreRefused() {
        fails(Status.Code.INVALID_ARGUMENT, leat, "Controller/CreateVolume", new Answer().message(3, WRITER));
        fails(Status.Code.INVALID_ARGUMENT, leat, "Controller/CreateVolume", new Answer().text(1, "pvc-1"));
        Answer block = new Answer()
                .text(1, "pvc-1")
                .message(3, new Answer().message(1, new Answer()).message(3, new Answer().number(1, 1)));
        fails(Status.Code.INVALID_ARGUMENT, leat, "Controller/CreateVolume", block);
        Answer nowhere = new Answer().text(1, "pvc-1").message(3, WRITER);
        fails(Status.Code.INVALID_ARGUMENT, leat, "Controller/CreateVolume", nowhere);
        Answer tooSmall = new Answer()
                .text(1, "pvc-1")
                .message(2, new Answer().number(1, 10).number(2, 5))
                .message(3, WRITER)
                .map(4, Map.of("metaurl", "redis://host/1"));
        fails(Status.Code.OUT_OF_RANGE, leat, "Controller/CreateVolume", tooSmall);
        fails(Status.Code.INVALID_ARGUMENT, leat, "Node/NodeStageVolume", new Answer().text(1, "v"));
        fails(Status.Code.INVALID_ARGUMENT, leat, "Node/NodePublishVolume", new Answer().text(1, "v"));
        Answer unstaged = new Answer()
                .text(1, "v")
                .text(3, folder.resolve("staging").toString())
                .text(4, folder.resolve("target").toString())
                .message(5, WRITER);
        fails(Status.Code.FAILED_PRECONDITION, leat, "Node/NodePublishVolume", unstaged);
        Answer nothing = new Answer().text(1, "v").text(2, folder.toString());
        fails(Status.Code.NOT_FOUND, leat, "Node/NodeGetVolumeStats", nothing);
        fails(
                Status.Code.NOT_FOUND,
                leat,
                "Controller/ValidateVolumeCapabilities",
                new Answer().text(1, "gone@redis://host/1").message(3, WRITER));
    }

    private static boolean run(String... command) throws IOException {
        return Programs.run(Duration.ofSeconds(60), Map.of(), List.of(command)).fine();
    }

    /** A tmpfs stands for the FUSE pod: what is mounted there, and by whom, is none of the plugin's business. */
    @Test
    void aDatasetIsShownWhenItsPodServes() throws Exception {
        Path pod = Files.createDirectories(folder.resolve("runtime/leat/ml/imagenet/leat-fuse"));
        Path target = folder.resolve("target");
        assumeTrue(
                run("mount", "-t", "tmpfs", "none", pod.toString()),
                "cannot mount: not root, or in a container without rights");
        try {
            Files.createDirectories(pod.resolve("train"));
            Files.writeString(pod.resolve("train/0"), "bytes");
            Answer request = new Answer()
                    .text(1, "ml-imagenet")
                    .text(4, target.toString())
                    .message(5, WRITER)
                    .flag(6, true)
                    .map(8, Map.of("fluid_path", pod.toString(), "fluid_sub_path", "train"));
            call(fluid, "Node/NodePublishVolume", request);
            call(fluid, "Node/NodePublishVolume", request);
            assertThat(target.resolve("0")).hasContent("bytes");
            assertThatThrownBy(() -> Files.writeString(target.resolve("1"), "x"))
                    .isInstanceOf(IOException.class);
            Fields stats = call(
                    fluid,
                    "Node/NodeGetVolumeStats",
                    new Answer().text(1, "ml-imagenet").text(2, target.toString()));
            assertThat(stats.messages(1)).hasSize(2);
            assertThat(stats.messages(1).getFirst().number(2)).isPositive();
            assertThat(stats.message(2).number(1)).as("abnormal").isZero();
            assertThat(MountTable.own().at(target)).hasSize(1);
            Answer end = new Answer().text(1, "ml-imagenet").text(2, target.toString());
            call(fluid, "Node/NodeUnpublishVolume", end);
            call(fluid, "Node/NodeUnpublishVolume", end);
            assertThat(target).doesNotExist();
        } finally {
            assertThat(run("umount", "-l", pod.toString())).isTrue();
        }
    }

    @Test
    void datasetsOnlyLieWhereTheirPodsServe() {
        Answer outside = new Answer()
                .text(1, "default-imagenet")
                .text(4, folder.resolve("target").toString())
                .message(5, WRITER)
                .map(8, Map.of("fluid_path", folder + "/runtime/../../etc"));
        fails(Status.Code.INVALID_ARGUMENT, fluid, "Node/NodePublishVolume", outside);
        fails(Status.Code.UNIMPLEMENTED, fluid, "Controller/CreateVolume", volume("pvc-1", 1));
    }
}

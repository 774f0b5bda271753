package dev.leat.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.Medium;
import dev.leat.cache.TierSpec;
import dev.leat.cache.TieredCache;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.worker.client.Membership;
import dev.leat.worker.client.Outcome;
import dev.leat.worker.client.PeerOptions;
import dev.leat.worker.client.PeerSnapshot;
import dev.leat.worker.client.PeerSource;
import dev.leat.worker.server.ServedSource;
import dev.leat.worker.server.ServedSources;
import dev.leat.worker.server.Worker;
import dev.leat.worker.server.WorkerOptions;
import dev.leat.worker.wire.Status;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers and mounts against each other: who reads what from the source, and what a client does when a worker fails. */
@Timeout(300)
class WorkerTest {
    private static final int MIB = 1 << 20;
    private static final String SOURCE = "s3://bucket/prefix";

    @TempDir
    Path directory;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Origin atWorker = new Origin();
    private final Origin atMount = new Origin();
    private final Arena arena = Arena.ofShared();
    private Token token = Token.none();

    @AfterEach
    void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        arena.close();
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    private Worker worker(String name) throws IOException {
        return worker(
                WorkerOptions.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), token), name, 64L * MIB);
    }

    private Worker worker(WorkerOptions options, String name, long replyBytes) throws IOException {
        ServedSources sources = new ServedSources(List.of(new ServedSource(
                SOURCE, atWorker, blob -> blob.key().endsWith("/" + blob.id().sequence()))));
        TierSpec tier = new TierSpec(
                Medium.SSD, List.of(Files.createDirectories(directory.resolve(name))), 256L * MIB, 0.95, 0.7, 0, 1000);
        TieredCache cache = keep(BlobCaches.open("worker", List.of(tier), sources, new BufferPool(64L * MIB)));
        return keep(Worker.listen(options, cache, sources, new BufferPool(replyBytes)));
    }

    private static String address(Worker worker) throws IOException {
        return "127.0.0.1:" + worker.address().getPort();
    }

    private PeerOptions options() {
        return PeerOptions.of(token).withPauses(Duration.ofMillis(50), Duration.ofMillis(200));
    }

    private PeerSource mount(PeerOptions options, String... workers) {
        return keep(new PeerSource(SOURCE, Membership.fixed(List.of(workers)), options, atMount));
    }

    private void readAll(PeerSource mount, Blob blob) throws IOException {
        MemorySegment to = arena.allocate(4 * MIB);
        for (long at = 0; at < blob.sizeBytes(); at += 4 * MIB) {
            int length = (int) Math.min(4 * MIB, blob.sizeBytes() - at);
            to.fill((byte) 0);
            mount.read(blob, at, to, 0, length);
            assertThat(Origin.right(blob, at, to, length)).as("bytes at " + at).isTrue();
        }
    }

    private static long count(PeerSource mount, Outcome outcome) {
        return mount.workers().stream()
                .mapToLong(worker -> worker.outcomes().getOrDefault(outcome, 0L))
                .sum();
    }

    @Test
    void manyMountsReadEachByteOfTheSourceOnce() throws Exception {
        Worker one = worker("one");
        Worker two = worker("two");
        Blob blob = Origin.blob(5, 21L * MIB + 12345);
        List<PeerSource> mounts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            mounts.add(mount(options(), address(one), address(two)));
        }
        try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> reading = new ArrayList<>();
            for (PeerSource mount : mounts) {
                reading.add(all.submit(() -> {
                    readAll(mount, blob);
                    return null;
                }));
            }
            for (Future<?> each : reading) {
                each.get();
            }
        }
        assertThat(atWorker.bytes.get()).isEqualTo(blob.sizeBytes());
        assertThat(atMount.bytes.get()).isZero();
        // A worker counts what it has sent, which is a moment after the last client has it.
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(one.stats().servedBytes() + two.stats().servedBytes())
                                .isEqualTo(4 * blob.sizeBytes()));
        assertThat(one.stats().servedBytes()).as("both own blocks").isPositive().isLessThan(4 * blob.sizeBytes());
    }

    @Test
    void aFewBytesOfASmallBlobInTheMiddle() throws IOException {
        PeerSource mount = mount(options(), address(worker("one")));
        Blob blob = Origin.blob(9, 100_001);
        MemorySegment to = arena.allocate(70_000);
        mount.read(blob, 30_001, to, 7, 69_000);
        assertThat(Origin.right(blob, 30_001, to.asSlice(7), 69_000)).isTrue();
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(1);
    }

    @Test
    void readsGoOnWithTheStoreWhenTheWorkerIsGone() throws IOException {
        Worker worker = worker("one");
        String address = address(worker);
        PeerSource mount = mount(options(), address);
        readAll(mount, Origin.blob(1, 9L * MIB));
        assertThat(atMount.bytes.get()).isZero();
        worker.close();
        Blob other = Origin.blob(2, 9L * MIB);
        readAll(mount, other);
        assertThat(atMount.bytes.get()).isEqualTo(other.sizeBytes());
        assertThat(count(mount, Outcome.UNREACHABLE)).isPositive();
        assertThat(mount.workers()).allMatch(w -> !w.asked() && w.trouble().startsWith("unreachable"));
    }

    @Test
    void aWorkerThatComesBackIsAskedAgain() throws IOException {
        Worker first = worker("one");
        InetSocketAddress where = first.address();
        PeerSource mount = mount(options(), address(first));
        readAll(mount, Origin.blob(1, MIB));
        first.close();
        readAll(mount, Origin.blob(2, MIB));
        worker(WorkerOptions.of(where, token), "two", 64L * MIB);
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
            readAll(mount, Origin.blob(3, MIB));
            return count(mount, Outcome.SERVED) > 1;
        });
        assertThat(mount.workers()).allMatch(PeerSnapshot::asked);
    }

    @Test
    void aRestartBetweenTwoReadsIsNotAFailure() throws IOException {
        Worker first = worker("one");
        InetSocketAddress where = first.address();
        PeerSource mount = mount(options(), address(first));
        readAll(mount, Origin.blob(1, MIB));
        first.close();
        worker(WorkerOptions.of(where, token), "two", 64L * MIB);
        readAll(mount, Origin.blob(2, MIB));
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(2);
        assertThat(atMount.bytes.get()).isZero();
    }

    @Test
    void damagedBytesAreNoticed() throws IOException {
        Worker worker = worker("one");
        try (Meddler meddler = new Meddler(worker.address().getPort())) {
            Blob blob = Origin.blob(4, 300_000);
            // The handshake, the reply's header with five checksums, and then bytes; each place must be noticed.
            for (long position : new long[] {10, 100, 120, 126, 200, 200_000, 300_000}) {
                PeerSource mount = mount(options(), meddler.address());
                meddler.damage.set(position);
                long before = atMount.bytes.get();
                readAll(mount, blob);
                assertThat(atMount.bytes.get() - before)
                        .as("position " + position)
                        .isEqualTo(blob.sizeBytes());
                assertThat(count(mount, Outcome.SERVED)).isZero();
                assertThat(count(mount, Outcome.CORRUPT) + count(mount, Outcome.REFUSED))
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void aWorkerWithoutASignIsLeft() throws IOException {
        Worker worker = worker("one");
        try (Meddler meddler = new Meddler(worker.address().getPort())) {
            PeerSource mount = mount(options().withStall(Duration.ofMillis(500)), meddler.address());
            readAll(mount, Origin.blob(1, MIB));
            meddler.mute = true;
            readAll(mount, Origin.blob(2, MIB));
            assertThat(count(mount, Outcome.STALLED)).isEqualTo(1);
            assertThat(atMount.bytes.get()).isEqualTo(MIB);
        }
    }

    @Test
    void aWorkerThatWaitsForItsSourceIsWaitedFor() throws Exception {
        Worker worker = worker("one");
        CountDownLatch gate = new CountDownLatch(1);
        atWorker.gate = gate;
        PeerSource mount = mount(options().withStall(Duration.ofSeconds(2)), address(worker));
        try (ExecutorService one = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> reading = one.submit(() -> {
                readAll(mount, Origin.blob(1, MIB));
                return null;
            });
            // Longer than a client waits without a sign: the worker has told it that it is at work.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> worker.stats().answers().getOrDefault(Status.PROGRESS, 0L) >= 6);
            gate.countDown();
            reading.get();
        }
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(1);
    }

    @Test
    void whatTheWorkersSourceDoesNotGiveIsReadFromTheMountsOwn() throws IOException {
        PeerSource mount = mount(options(), address(worker("one")));
        atWorker.broken = true;
        readAll(mount, Origin.blob(1, MIB));
        assertThat(count(mount, Outcome.SOURCE_FAILED)).isEqualTo(1);
        atWorker.broken = false;
        readAll(mount, Origin.blob(2, MIB));
        assertThat(count(mount, Outcome.SERVED)).as("the worker itself is well").isEqualTo(1);
        atWorker.broken = true;
        atMount.broken = true;
        assertThatThrownBy(() -> readAll(mount, Origin.blob(3, MIB))).hasMessage("the source is out of order");
    }

    @Test
    void whoDoesNotKnowTheTokenGetsNothing() throws IOException {
        Path secret = Files.writeString(directory.resolve("token"), "0123456789abcdef-right\n");
        Path wrong = Files.writeString(directory.resolve("wrong"), "0123456789abcdef-wrong\n");
        token = Token.of(secret);
        Worker worker = worker("one");
        for (Token other : List.of(Token.none(), Token.of(wrong))) {
            token = other;
            PeerSource stranger = mount(options(), address(worker));
            readAll(stranger, Origin.blob(1, MIB));
            assertThat(count(stranger, Outcome.REFUSED)).isEqualTo(1);
        }
        assertThat(worker.stats().servedBytes()).isZero();
        token = Token.of(secret);
        PeerSource mount = mount(options(), address(worker));
        readAll(mount, Origin.blob(1, MIB));
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(1);
        assertThatThrownBy(() -> Token.of(Files.writeString(directory.resolve("short"), "abc")))
                .hasMessageContaining("at least 16");
    }

    /** The client proves itself too: a worker is not satisfied with somebody who only took its answer. */
    @Test
    void aClientWithoutProofIsTurnedAway() throws IOException {
        token = Token.of(Files.writeString(directory.resolve("token"), "0123456789abcdef-right\n"));
        Worker worker = worker("one");
        try (SocketChannel channel = SocketChannel.open(worker.address())) {
            channel.write(ByteBuffer.allocate(48)
                    .putLong(0x4C45415450454552L)
                    .putShort((short) 1)
                    .putShort((short) 1)
                    .rewind());
            channel.write(ByteBuffer.allocate(32));
            ByteBuffer answer = ByteBuffer.allocate(4096);
            while (channel.read(answer) >= 0) {
                assertThat(answer.hasRemaining()).isTrue();
            }
            answer.flip().position(80);
            assertThat(answer.getInt()).isEqualTo(0x4C505232);
            assertThat(answer.getInt()).isEqualTo(Status.DENIED.code());
        }
        assertThat(worker.stats().answers()).containsEntry(Status.DENIED, 1L);
    }

    @Test
    void aSourceThatIsNotServedIsReadFromTheStore() throws IOException {
        Worker worker = worker("one");
        PeerSource mount =
                keep(new PeerSource("s3://another", Membership.fixed(List.of(address(worker))), options(), atMount));
        readAll(mount, Origin.blob(1, MIB));
        assertThat(mount.workers()).allMatch(w -> w.trouble().contains("s3://another"));
        assertThat(atWorker.bytes.get()).isZero();
    }

    @Test
    void noBlobIsKeptUnderTheNameOfAnother() throws IOException {
        PeerSource mount = mount(options(), address(worker("one")));
        Blob liar = new Blob(new BlobId(1, 1), "data/2", MIB, null);
        readAll(mount, liar);
        assertThat(count(mount, Outcome.REFUSED)).isEqualTo(1);
        assertThat(atWorker.bytes.get()).isZero();
    }

    @Test
    void connectionsAreLimited() throws Exception {
        WorkerOptions one = WorkerOptions.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), token)
                .withConnections(1);
        Worker worker = worker(one, "one", 64L * MIB);
        PeerSource first = mount(options(), address(worker));
        readAll(first, Origin.blob(1, MIB));
        PeerSource second = mount(options(), address(worker));
        readAll(second, Origin.blob(1, MIB));
        assertThat(count(second, Outcome.BUSY)).isEqualTo(1);
        first.close();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
            readAll(second, Origin.blob(1, MIB));
            return count(second, Outcome.SERVED) > 0;
        });
    }

    @Test
    void nonsenseEndsTheConnectionAndNothingElse() throws IOException {
        Worker worker = worker("one");
        try (SocketChannel channel = SocketChannel.open(worker.address())) {
            channel.write(ByteBuffer.wrap(
                    "GET / HTTP/1.1\r\nHost: worker.example.org:7070\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            // What was sent and not read makes the kernel say so with a reset.
            assertThat(ended(channel)).isTrue();
        }
        PeerSource mount = mount(options(), address(worker));
        readAll(mount, Origin.blob(1, MIB));
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(worker.stats().broken()).isEqualTo(1));
    }

    private static boolean ended(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(100)) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void drainingAnswersWhatIsUnderWay() throws Exception {
        Worker worker = worker("one");
        CountDownLatch gate = new CountDownLatch(1);
        PeerSource mount = mount(options(), address(worker));
        readAll(mount, Origin.blob(7, MIB));
        atWorker.gate = gate;
        try (ExecutorService one = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> reading = one.submit(() -> {
                readAll(mount, Origin.blob(8, MIB));
                return null;
            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> worker.stats().requestsInFlight() == 1);
            Future<Boolean> drained = one.submit(() -> worker.drain(Duration.ofSeconds(60)));
            gate.countDown();
            reading.get();
            assertThat(drained.get()).isTrue();
        }
        assertThat(count(mount, Outcome.SERVED)).isEqualTo(2);
        readAll(mount, Origin.blob(9, MIB));
        assertThat(atMount.bytes.get()).isEqualTo(MIB);
    }

    @Test
    void whenAWorkerLeavesOnlyItsOwnBlocksMove() throws IOException {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Worker worker = worker("w" + i);
            addresses.add(address(worker));
        }
        PeerSource four = mount(options(), addresses.toArray(String[]::new));
        PeerSource three = mount(options(), addresses.subList(0, 3).toArray(String[]::new));
        int blobs = 200;
        for (int i = 1; i <= blobs; i++) {
            readAll(four, Origin.blob(i, 1000));
        }
        for (PeerSnapshot worker : four.workers()) {
            assertThat(worker.outcomes().get(Outcome.SERVED))
                    .as(worker.member())
                    .isBetween(20L, 80L);
        }
        long before = atWorker.bytes.get();
        assertThat(before).isEqualTo(blobs * 1000L);
        for (int i = 1; i <= blobs; i++) {
            readAll(three, Origin.blob(i, 1000));
        }
        long moved = (atWorker.bytes.get() - before) / 1000;
        assertThat(moved).isEqualTo(four.workers().get(3).outcomes().get(Outcome.SERVED));
    }
}

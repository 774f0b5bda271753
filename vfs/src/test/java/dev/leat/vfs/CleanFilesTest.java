package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.SetAttr;
import dev.leat.store.Blob;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a file is handed to the kernel, what that file holds, and what becomes of it when another client changes it. */
@Timeout(120)
@SuppressWarnings("NullAway.Init") // Made before each test.
class CleanFilesTest {
    private static final int SIZE = 8 << 20;
    private static final int O_RDWR = 2;
    private static final int O_TRUNC = 01000;

    @TempDir
    Path folder;

    private TestVolume volume;
    private TestClient writer;
    private TestClient reader;
    private final Kernel kernel = new Kernel();

    /** Keeps what is registered open, as the kernel does. */
    private static final class Kernel implements Passthrough {
        final Map<Integer, FileChannel> registered = new HashMap<>();
        int last;
        boolean refusing;

        @Override
        public int register(int descriptor) throws IOException {
            if (refusing) {
                throw new IOException("refused on purpose");
            }
            Path file = Path.of("/proc/self/fd", Integer.toString(descriptor));
            registered.put(++last, FileChannel.open(file, StandardOpenOption.READ));
            return last;
        }

        @Override
        public void forget(int number) {
            try {
                Objects.requireNonNull(registered.remove(number), "forgotten twice")
                        .close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        byte[] content(int number) throws IOException {
            FileChannel channel = Objects.requireNonNull(registered.get(number));
            ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining()) {
                channel.read(bytes, bytes.position());
            }
            return bytes.array();
        }
    }

    @BeforeEach
    void format() throws IOException {
        volume = new TestVolume(folder, 1);
        writer = volume.plainClient();
        reader = volume.plainClient();
        reader.vfs.passthrough(kernel, true);
    }

    @AfterEach
    void end() {
        volume.close();
        assertThat(kernel.registered).as("files still registered").isEmpty();
    }

    private static byte[] content(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Makes a file of one blob. */
    private long make(String name, byte[] bytes) throws FsException {
        Vfs.Created made = writer.create(name, TestClient.WRITE);
        writer.write(made.opened().handle(), 0, bytes);
        writer.close(made.opened().handle());
        return made.entry().ino();
    }

    private void replace(long ino, byte[] bytes) throws FsException {
        long handle = writer.open(ino, TestClient.WRITE | O_TRUNC);
        writer.write(handle, 0, bytes);
        writer.close(handle);
    }

    private void warm(long ino) throws IOException {
        warm(reader, ino);
    }

    private static void warm(TestClient client, long ino) throws IOException {
        for (Extent extent : Objects.requireNonNull(client.meta.view(ino).extents())) {
            Blob blob = new Blob(extent.blob(), client.meta.blobKey(extent.blob()), extent.blobSizeBytes(), null);
            client.cache.warm(blob, 0, blob.sizeBytes());
        }
    }

    private Vfs.Opened open(long node) throws FsException {
        return reader.vfs.open(node, TestClient.READ, false, Caller.ROOT);
    }

    private void isStale(long node) {
        assertThatThrownBy(() -> open(node))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
    }

    private long opens(OpenPath path) {
        return reader.vfs.stats().opens().getOrDefault(path, -1L);
    }

    @Test
    void aWholeFileIsHandedToTheKernelUntilItsLastClose() throws IOException {
        byte[] bytes = content(1, SIZE);
        long ino = make("a", bytes);
        warm(ino);
        Vfs.Opened first = open(ino);
        Vfs.Opened second = open(ino);
        assertThat(first.passthrough()).isPositive().isEqualTo(second.passthrough());
        assertThat(first.keepCache()).isFalse();
        assertThat(kernel.content(first.passthrough())).isEqualTo(bytes);
        reader.vfs.release(first.handle());
        assertThat(kernel.registered).hasSize(1);
        reader.vfs.release(second.handle());
        assertThat(kernel.registered).isEmpty();
        assertThat(opens(OpenPath.PASSTHROUGH)).isEqualTo(2);
    }

    @Test
    void aFileThatWasOpenedByTheDaemonStaysThereUntilItsLastClose() throws IOException {
        long ino = make("a", content(1, SIZE));
        Vfs.Opened cold = open(ino);
        assertThat(cold.passthrough()).isZero();
        warm(ino);
        Vfs.Opened beside = open(ino);
        assertThat(beside.passthrough()).isZero();
        reader.vfs.release(cold.handle());
        reader.vfs.release(beside.handle());
        Vfs.Opened anew = open(ino);
        assertThat(anew.passthrough()).isPositive();
        reader.vfs.release(anew.handle());
        assertThat(opens(OpenPath.PARTIAL)).isEqualTo(1);
        assertThat(opens(OpenPath.SHARED)).isEqualTo(1);
    }

    @Test
    void whatIsNotOneWholeBlobIsServedByTheDaemon() throws IOException {
        long small = make("small", content(1, 100_000));
        long longer = make("longer", content(2, SIZE));
        writer.vfs.setattr(longer, SetAttr.size(SIZE + 1), Caller.ROOT);
        long patched = make("patched", content(3, SIZE));
        long handle = writer.open(patched, TestClient.WRITE);
        writer.write(handle, 5, content(4, 10));
        writer.close(handle);
        long shorter = make("shorter", content(5, SIZE));
        writer.vfs.setattr(shorter, SetAttr.size(SIZE - 1), Caller.ROOT);
        for (long ino : new long[] {small, longer, patched, shorter}) {
            warm(ino);
            Vfs.Opened opened = open(ino);
            assertThat(opened.passthrough()).isZero();
            reader.vfs.release(opened.handle());
        }
        assertThat(opens(OpenPath.LAYOUT)).isEqualTo(4);
    }

    @Test
    void aKernelThatRefusesIsNoFailure() throws IOException {
        long ino = make("a", content(1, SIZE));
        warm(ino);
        kernel.refusing = true;
        Vfs.Opened opened = open(ino);
        assertThat(opened.passthrough()).isZero();
        assertThat(reader.read(opened.handle(), 0, SIZE)).isEqualTo(content(1, SIZE));
        reader.vfs.release(opened.handle());
        assertThat(opens(OpenPath.REFUSED)).isEqualTo(1);
        assertThat(reader.cache.stats().directories().getFirst().lentBytes()).isZero();
    }

    @Test
    void nothingIsOpenedForWriting() throws IOException {
        long ino = make("a", content(1, SIZE));
        for (int flags : new int[] {TestClient.WRITE, O_RDWR, O_TRUNC}) {
            assertThatThrownBy(() -> reader.open(ino, flags))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
        }
    }

    @Test
    void whoHasAReplacedFileOpenKeepsItAndOthersGetAnotherNode() throws IOException {
        byte[] one = content(1, SIZE);
        byte[] two = content(2, SIZE + 4096);
        long ino = make("a", one);
        warm(ino);
        Vfs.Opened old = open(ino);
        replace(ino, two);
        // Close-to-open: the feed has said nothing yet.
        isStale(ino);
        long node = reader.vfs.nodes().node(ino);
        reader.vfs.nodes().lookedUp(node);
        assertThat(node).isNegative();
        assertThat(reader.vfs.nodes().ino(node)).isEqualTo(ino);
        assertThat(reader.vfs.nodes().all(ino)).containsExactlyInAnyOrder(ino, node);
        Vfs.Opened current = open(node);
        assertThat(reader.read(current.handle(), 0, SIZE + 4096)).isEqualTo(two);
        assertThat(kernel.content(old.passthrough())).isEqualTo(one);
        assertThat(reader.vfs.attr(ino).sizeBytes())
                .as("what the old node stands for")
                .isEqualTo(SIZE);
        assertThat(reader.vfs.attr(node).sizeBytes()).isEqualTo(SIZE + 4096);
        reader.vfs.release(current.handle());
        isStale(ino);
        reader.vfs.release(old.handle());
        // Nobody has the old content any more: the inode's own node is as good as the other.
        Vfs.Opened own = open(ino);
        isStale(node);
        assertThat(reader.read(own.handle(), 0, SIZE + 4096)).isEqualTo(two);
        reader.vfs.release(own.handle());
        reader.vfs.nodes().forgotten(node, 1);
        assertThatThrownBy(() -> reader.vfs.nodes().ino(node)).isInstanceOf(FsException.class);
        assertThat(reader.vfs.nodes().node(ino)).isEqualTo(ino);
    }

    @Test
    void whatWasReplacedWhileNoDaemonWasThereIsKeptByWhoHasItOpenAndOthersGetAnotherNode() throws IOException {
        TestClient killed = volume.journaledClient();
        killed.vfs.passthrough(kernel, true);
        byte[] before = content(20, 5 << 20);
        long ino = make("f", before);
        warm(killed, ino);
        Vfs.Opened one = killed.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        Vfs.Opened two = killed.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        byte[] after = content(21, 6 << 20);
        replace(ino, after);
        TestClient next = volume.goOn(killed);
        next.vfs.passthrough(kernel, true);
        assertThatThrownBy(() -> next.vfs.open(ino, TestClient.READ, false, Caller.ROOT))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
        assertThat(kernel.content(one.passthrough())).isEqualTo(before);
        long node = next.vfs.nodes().node(ino);
        assertThat(node).isNotEqualTo(ino);
        Vfs.Opened now = next.vfs.open(node, TestClient.READ, false, Caller.ROOT);
        assertThat(now.passthrough()).isZero();
        assertThat(next.read(now.handle(), 0, 10 << 20)).isEqualTo(after);
        for (long handle : new long[] {one.handle(), two.handle(), now.handle()}) {
            next.close(handle);
        }
    }

    @Test
    void theFeedSetsAReplacedFileAside() throws IOException {
        long ino = make("a", content(1, SIZE));
        warm(ino);
        Vfs.Opened old = open(ino);
        assertThat(reader.vfs.changed(ino)).isFalse();
        replace(ino, content(2, SIZE));
        assertThat(reader.vfs.changed(ino)).isTrue();
        long second = reader.vfs.nodes().node(ino);
        reader.vfs.nodes().lookedUp(second);
        warm(ino);
        Vfs.Opened newer = open(second);
        assertThat(newer.passthrough()).isPositive().isNotEqualTo(old.passthrough());
        assertThat(kernel.content(newer.passthrough())).isEqualTo(content(2, SIZE));
        replace(ino, content(3, SIZE));
        assertThat(reader.vfs.changed(ino)).isTrue();
        long third = reader.vfs.nodes().node(ino);
        reader.vfs.nodes().lookedUp(third);
        assertThat(third).isNotIn(ino, second);
        assertThat(kernel.content(old.passthrough())).isEqualTo(content(1, SIZE));
        assertThat(kernel.content(newer.passthrough())).isEqualTo(content(2, SIZE));
        reader.vfs.release(old.handle());
        reader.vfs.release(newer.handle());
        assertThat(reader.vfs.changed(ino)).isFalse();
        assertThat(reader.vfs.nodes().node(ino))
                .as("the node that was told last")
                .isEqualTo(third);
    }

    @Test
    void anotherModeOrTimeIsNotAnotherContent() throws IOException {
        long ino = make("a", content(1, SIZE));
        warm(ino);
        Vfs.Opened opened = open(ino);
        writer.vfs.setattr(ino, new SetAttr(0600, null, null, null, null, null, false), Caller.ROOT);
        assertThat(reader.vfs.changed(ino)).isFalse();
        Vfs.Opened again = open(ino);
        assertThat(again.passthrough()).isEqualTo(opened.passthrough());
        assertThat(reader.vfs.attr(ino).mode()).isEqualTo(0600);
        reader.vfs.release(opened.handle());
        reader.vfs.release(again.handle());
    }

    @Test
    void attributesNeverTellOfAContentThatTheNodeIsNot() throws IOException {
        long ino = make("a", content(1, SIZE));
        warm(ino);
        Vfs.Opened opened = open(ino);
        replace(ino, content(2, 2 * SIZE));
        // Asked before the feed has told.
        assertThat(reader.vfs.attr(ino).sizeBytes()).isEqualTo(SIZE);
        assertThat(reader.vfs.nodes().node(ino)).isNegative();
        reader.vfs.release(opened.handle());
    }
}

package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.content.CompactionPlan;
import dev.leat.meta.content.CompactionRule;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.SetAttr;
import dev.leat.testing.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are written behind the back of this process, as the kernel does it. */
@SuppressWarnings("NullAway.Init") // Made before each test.
class WholeFileTest {
    private static final int O_TRUNC = 01000;

    @TempDir
    Path folder;

    private TestVolume volume;
    private TestClient client;
    private TestClient other;
    private final Kernel kernel = new Kernel();

    /**
     * Keeps what is registered open for reading; but not work files, whose owner keeps them open: another description of
     * them, which the kernel does not make, would look like a program that has the file open.
     */
    private static final class Kernel implements Passthrough {
        final Map<Integer, Path> registered = new HashMap<>();
        private final Map<Integer, FileChannel> kept = new HashMap<>();
        int last;

        @Override
        public int register(int descriptor) throws IOException {
            Path file = Path.of("/proc/self/fd", Integer.toString(descriptor));
            registered.put(++last, file);
            if (!file.toRealPath().toString().endsWith(".work")) {
                kept.put(last, FileChannel.open(file, StandardOpenOption.READ));
            }
            return last;
        }

        @Override
        public void forget(int number) {
            Objects.requireNonNull(registered.remove(number), "forgotten twice");
            try (FileChannel channel = kept.remove(number)) {
                assertThat(channel == null || channel.isOpen()).isTrue();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        byte[] read(int number) throws IOException {
            FileChannel channel = kept.get(number);
            if (channel == null) {
                return Files.readAllBytes(Objects.requireNonNull(registered.get(number)));
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
                // Goes on.
            }
            return bytes.array();
        }
    }

    @BeforeEach
    void format() throws IOException {
        volume = new TestVolume(folder, 1);
        client = volume.plainClient();
        other = volume.plainClient();
        client.vfs.passthrough(kernel, false);
    }

    @AfterEach
    void end() {
        volume.close();
    }

    /** Writes to the work file of an inode, as the kernel does. */
    private void write(long ino, long offset, byte[] bytes) throws IOException {
        Path work = client.work().resolve(Long.toHexString(ino) + ".work");
        try (FileChannel channel = FileChannel.open(work, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    private static byte[] content(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatTheKernelWroteIsPublishedAndTold() throws Exception {
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        int number = made.opened().passthrough();
        assertThat(number).isPositive();
        byte[] bytes = content(1, 300_000);
        write(ino, 0, bytes);
        assertThat(client.vfs.getattr(ino).sizeBytes()).isEqualTo(bytes.length);
        client.vfs.fsync(made.opened().handle());
        assertThat(other.content(ino)).isEqualTo(bytes);
        byte[] piece = content(2, 10);
        write(ino, 70_000, piece);
        client.vfs.fsync(made.opened().handle());
        System.arraycopy(piece, 0, bytes, 70_000, 10);
        assertThat(other.content(ino)).isEqualTo(bytes);
        client.close(made.opened().handle());
        // It was written to a moment ago, so it is looked at once more before it is let go of.
        Await.until("the kernel's file is given back", kernel.registered::isEmpty);
    }

    @Test
    void lengthsAndHolesAreOfTheFileItself() throws Exception {
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        long handle = made.opened().handle();
        int number = made.opened().passthrough();
        byte[] bytes = content(3, 200_001);
        write(ino, 0, bytes);
        client.vfs.setattr(ino, SetAttr.size(100_000L), Caller.ROOT);
        client.vfs.setattr(ino, SetAttr.size(250_000L), Caller.ROOT);
        client.vfs.fallocate(handle, 2 | 1, 10_000, 80_000);
        byte[] wanted = Arrays.copyOf(Arrays.copyOf(bytes, 100_000), 250_000);
        Arrays.fill(wanted, 10_000, 90_000, (byte) 0);
        assertThat(kernel.read(number)).isEqualTo(wanted);
        assertThat(client.read(handle, 0, 300_000)).isEqualTo(wanted);
        client.close(handle);
        assertThat(other.content(ino)).isEqualTo(wanted);
    }

    @Test
    void whatOthersWriteBesideItStaysAndIsSeen() throws Exception {
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        int number = made.opened().passthrough();
        byte[] bytes = content(4, 60_000);
        write(ino, 0, bytes);
        client.vfs.fsync(made.opened().handle());
        // Both change the same piece, neither knows of the other.
        byte[] theirs = content(5, 1_000);
        long handle = other.open(ino, TestClient.WRITE);
        other.write(handle, 30_000, theirs);
        other.close(handle);
        byte[] ours = content(6, 1_000);
        write(ino, 20_000, ours);
        client.vfs.fsync(made.opened().handle());
        System.arraycopy(theirs, 0, bytes, 30_000, 1_000);
        System.arraycopy(ours, 0, bytes, 20_000, 1_000);
        assertThat(other.content(ino)).isEqualTo(bytes);
        client.vfs.changed(ino);
        assertThat(kernel.read(number)).isEqualTo(bytes);
        client.close(made.opened().handle());
    }

    @Test
    void whatOthersWroteBeforeALengthIsSetIsSeen() throws Exception {
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        byte[] bytes = content(30, 200_000);
        write(ino, 0, bytes);
        client.vfs.fsync(made.opened().handle());
        byte[] theirs = content(31, 1_000);
        long handle = other.open(ino, TestClient.WRITE);
        other.write(handle, 30_000, theirs);
        other.close(handle);
        client.vfs.setattr(ino, SetAttr.size(150_000), Caller.ROOT);
        client.vfs.changed(ino);
        System.arraycopy(theirs, 0, bytes, 30_000, theirs.length);
        assertThat(kernel.read(made.opened().passthrough())).isEqualTo(Arrays.copyOf(bytes, 150_000));
        client.close(made.opened().handle());
    }

    @Test
    void aFileOfTheCacheIsTakenOutBeforeItIsChanged() throws Exception {
        byte[] bytes = content(7, 6 << 20);
        long ino = make("f", bytes);
        Vfs.Opened reading = client.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        assertThat(reading.passthrough()).isPositive();
        assertThat(reading.direct()).isFalse();
        Vfs.Opened writing = client.vfs.open(ino, TestClient.READ_WRITE, false, Caller.ROOT);
        assertThat(writing.passthrough()).isEqualTo(reading.passthrough());
        assertThat(writing.direct()).isTrue();
        byte[] piece = content(8, 5_000);
        client.write(writing.handle(), 1_000_000, piece);
        System.arraycopy(piece, 0, bytes, 1_000_000, 5_000);
        // A store through a mapping of the writer.
        write(ino, 3_000_000, piece);
        System.arraycopy(piece, 0, bytes, 3_000_000, 5_000);
        assertThat(kernel.read(reading.passthrough())).isEqualTo(bytes);
        client.close(writing.handle());
        assertThat(other.content(ino)).isEqualTo(bytes);
        client.close(reading.handle());
        assertThat(client.content(ino)).isEqualTo(bytes);
    }

    @Test
    void aReaderSeesThatOthersReplacedTheContent() throws Exception {
        long ino = make("f", content(9, 6 << 20));
        Vfs.Opened reading = client.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        assertThat(reading.passthrough()).isPositive();
        byte[] next = content(10, 5 << 20);
        long handle = other.open(ino, TestClient.WRITE | O_TRUNC);
        other.write(handle, 0, next);
        other.close(handle);
        client.vfs.changed(ino);
        assertThat(kernel.read(reading.passthrough())).isEqualTo(next);
        client.close(reading.handle());
    }

    @Test
    void whoAppendsOrSyncsEachWriteIsServedByTheDaemon() throws Exception {
        assertThat(client.create("log", TestClient.APPEND).opened().passthrough())
                .isZero();
        Vfs.Created made = client.create("f", TestClient.WRITE);
        Vfs.Opened appending = client.vfs.open(made.entry().ino(), TestClient.APPEND, false, Caller.ROOT);
        assertThat(appending.passthrough()).isEqualTo(made.opened().passthrough());
        assertThat(appending.direct()).isTrue();
    }

    @Test
    void whoeverHasItMappedAndWhoOpensItAfterAKillHaveTheSameFile() throws Exception {
        TestClient killed = volume.journaledClient();
        killed.vfs.passthrough(kernel, false);
        Vfs.Created made = killed.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        Path name = Path.of(Long.toHexString(ino) + ".work");
        byte[] bytes = content(11, 100_000);
        try (FileChannel mapping =
                FileChannel.open(killed.work().resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            mapping.write(ByteBuffer.wrap(bytes), 0);
            killed.close(made.opened().handle());
            TestClient next = volume.goOn(killed);
            next.vfs.passthrough(kernel, false);
            try (FileChannel mapped = FileChannel.open(next.work().resolve(name), StandardOpenOption.WRITE)) {
                Vfs.Opened reading = next.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
                assertThat(reading.passthrough()).isPositive();
                byte[] piece = content(12, 10);
                mapped.write(ByteBuffer.wrap(piece), 50_000);
                System.arraycopy(piece, 0, bytes, 50_000, 10);
                assertThat(kernel.read(reading.passthrough())).isEqualTo(bytes);
                next.close(reading.handle());
            }
        }
    }

    @Test
    void afterAKillOnlyWhatWasWrittenHereIsPublishedOverWhatOthersWrote() throws Exception {
        TestClient killed = volume.journaledClient();
        byte[] bytes = content(13, 1_000_000);
        Vfs.Created made = makeByKernel(killed, bytes);
        long ino = made.entry().ino();
        String name = Long.toHexString(ino) + ".work";
        byte[] ours = content(14, 1_000);
        try (FileChannel file = FileChannel.open(killed.work().resolve(name), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(ours), 300_000);
        }
        System.arraycopy(ours, 0, bytes, 300_000, 1_000);
        TestClient next = volume.goOn(killed);
        next.vfs.passthrough(kernel, false);
        byte[] theirs = content(15, 1_000);
        long handle = other.open(ino, TestClient.WRITE);
        other.write(handle, 600_000, theirs);
        other.close(handle);
        System.arraycopy(theirs, 0, bytes, 600_000, 1_000);
        next.vfs.changed(ino);
        assertThat(next.read(made.opened().handle(), 0, 2_000_000)).isEqualTo(bytes);
        next.vfs.fsync(made.opened().handle());
        assertThat(other.content(ino)).isEqualTo(bytes);
        next.close(made.opened().handle());
    }

    @Test
    void whatOthersWriteToAFileOfManyPiecesIsSeenAndStays() throws Exception {
        TestClient killed = volume.journaledClient();
        byte[] bytes = content(16, 3_000_000);
        Vfs.Created made = makeByKernel(killed, bytes);
        long ino = made.entry().ino();
        // So many that they do not fit into the record, and are changed where they lie.
        long handle = other.open(ino, TestClient.WRITE);
        for (int i = 0; i < 200; i++) {
            byte[] piece = content(i, 100);
            other.write(handle, i * 10_000L, piece);
            System.arraycopy(piece, 0, bytes, i * 10_000, piece.length);
        }
        other.vfs.fsync(handle);
        assertThat(other.meta.view(ino).extents()).isNull();
        killed.vfs.changed(ino);
        assertThat(killed.read(made.opened().handle(), 0, 4_000_000)).isEqualTo(bytes);
        TestClient next = volume.goOn(killed);
        next.vfs.passthrough(kernel, false);
        for (int round = 0; round < 2; round++) {
            byte[] theirs = content(300 + round, 400_000);
            other.write(handle, 1_000_000L + round * 500_000L, theirs);
            other.vfs.fsync(handle);
            System.arraycopy(theirs, 0, bytes, 1_000_000 + round * 500_000, theirs.length);
            next.vfs.changed(ino);
            assertThat(next.read(made.opened().handle(), 0, 4_000_000)).isEqualTo(bytes);
        }
        next.vfs.fsync(made.opened().handle());
        assertThat(other.content(ino)).isEqualTo(bytes);
        other.close(handle);
        next.close(made.opened().handle());
    }

    @Test
    void whereBytesLieIsNoChangeOfWhatTheyAre() throws Exception {
        Vfs.Created made = other.create("f", TestClient.WRITE);
        long ino = made.entry().ino();
        for (int i = 0; i < 50; i++) {
            other.write(made.opened().handle(), i * 5_000L, content(i, 5_000));
            other.vfs.fsync(made.opened().handle());
        }
        Content before = new Content(other.meta.view(ino), other.meta);
        other.vfs
                .compactor(other.meta.content(), Pacer.NONE)
                .run(CompactionPlan.ofFile(other.meta.content(), ino, CompactionRule.ALL));
        FileView compacted = other.meta.view(ino);
        assertThat(compacted.extents()).isNotEqualTo(before.view().extents());
        assertThat(before.sameBytes(compacted)).isTrue();
        other.write(made.opened().handle(), 0, new byte[1]);
        other.close(made.opened().handle());
        assertThat(before.sameBytes(other.meta.view(ino))).isFalse();
    }

    /** Makes a file that the kernel writes and a client publishes. */
    private Vfs.Created makeByKernel(TestClient by, byte[] bytes) throws IOException {
        by.vfs.passthrough(kernel, false);
        Vfs.Created made = by.create("f", TestClient.READ_WRITE);
        Files.write(by.work().resolve(Long.toHexString(made.entry().ino()) + ".work"), bytes);
        by.vfs.fsync(made.opened().handle());
        return made;
    }

    /** Makes a file of one blob that the client has in its cache. */
    private long make(String name, byte[] bytes) throws IOException {
        Vfs.Created made = other.create(name, TestClient.WRITE);
        other.write(made.opened().handle(), 0, bytes);
        other.close(made.opened().handle());
        long ino = made.entry().ino();
        try {
            for (var extent : Objects.requireNonNull(client.meta.view(ino).extents())) {
                var blob = new dev.leat.store.Blob(
                        extent.blob(), client.meta.blobKey(extent.blob()), extent.blobSizeBytes(), null);
                client.cache.warm(blob, 0, blob.sizeBytes());
            }
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
        return ino;
    }
}

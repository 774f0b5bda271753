package dev.leat.vfs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.SetAttr;
import dev.leat.sys.Errno;
import dev.leat.sys.Fs;
import dev.leat.testing.Await;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What open files promise when the store or the metadata fail, and when two clients change one file. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
class VfsTest {
    @TempDir
    Path folder;

    private TestVolume volume;

    @BeforeEach
    void format() throws IOException {
        volume = new TestVolume(folder, 1);
    }

    @AfterEach
    void end() {
        volume.close();
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void fsyncAndCloseTellOfAFailureAndTheBytesAreStillThere() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        long handle = made.opened().handle();
        client.write(handle, 0, bytes(50_000, 'x'));
        volume.store().failing(1);
        assertThatThrownBy(() -> client.vfs.fsync(handle))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertThatThrownBy(() -> client.vfs.flush(handle)).isInstanceOf(FsException.class);
        assertThat(client.read(handle, 0, 50_000)).isEqualTo(bytes(50_000, 'x'));
        volume.store().failing(0);
        client.vfs.fsync(handle);
        TestClient other = volume.client(ClosePolicy.FLUSH);
        assertThat(other.content(made.entry().ino())).isEqualTo(bytes(50_000, 'x'));
    }

    @Test
    void aFileLargerThanAnObjectBecomesSeveral() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        byte[] content = new byte[9_000_001];
        new Random(3).nextBytes(content);
        long handle = made.opened().handle();
        int step = 500_000;
        for (int at = 0; at < content.length; at += step) {
            client.write(handle, at, Arrays.copyOfRange(content, at, Math.min(content.length, at + step)));
        }
        client.close(handle);
        TestClient other = volume.client(ClosePolicy.FLUSH);
        assertThat(other.content(made.entry().ino())).isEqualTo(content);
        List<Extent> extents = other.meta.view(made.entry().ino()).extents();
        assertThat(extents).hasSize(3);
    }

    @Test
    void filesThatAreTogetherLargerThanABufferArePublished() throws Exception {
        TestClient client = volume.client(ClosePolicy.STAGED);
        List<Long> inodes = new ArrayList<>();
        byte[] content = bytes(3_000_000, 'x');
        for (int i = 0; i < 6; i++) {
            Vfs.Created made = client.create("a" + i, TestClient.WRITE);
            client.write(made.opened().handle(), 0, content);
            client.close(made.opened().handle());
            inodes.add(made.entry().ino());
        }
        assertThat(client.vfs.publishAll()).isEmpty();
        TestClient other = volume.client(ClosePolicy.FLUSH);
        for (long ino : inodes) {
            assertThat(other.content(ino)).isEqualTo(content);
        }
    }

    /** One that fits a buffer, and one that does not. */
    @ParameterizedTest
    @ValueSource(ints = {50_000, 5_000_000})
    void aStagedFileThatCannotBePublishedIsTriedAgain(int sizeBytes) throws Exception {
        TestClient client = volume.client(ClosePolicy.STAGED);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        client.write(made.opened().handle(), 0, bytes(sizeBytes, 'x'));
        volume.store().failing(1);
        client.close(made.opened().handle());
        Await.until("a failure", () -> volume.store().failures() > 0);
        volume.store().failing(0);
        TestClient other = volume.client(ClosePolicy.FLUSH);
        Await.until(
                "publication", () -> Arrays.equals(other.content(made.entry().ino()), bytes(sizeBytes, 'x')));
        Await.until("the work file is gone", () -> client.workFiles() == 0);
        Await.until("nothing is left of it in memory", () -> client.vfs.stats().files() == 0);
    }

    @Test
    void aFileClosedWhileItsPublicationFailsIsTriedAgain() throws Exception {
        TestClient client = volume.client(ClosePolicy.STAGED);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        long handle = made.opened().handle();
        client.write(handle, 0, bytes(50_000, 'x'));
        volume.store().hold(true);
        FutureTask<Void> syncing = new FutureTask<>(() -> {
            client.vfs.fsync(handle);
            return null;
        });
        Thread.ofVirtual().start(syncing);
        Await.until("an upload", () -> volume.store().writes() > 0);
        // The kernel gave up waiting for the fsync, and the program closed the file.
        client.close(handle);
        // Longer than the pause before staged files are tried: that must find this one busy.
        Thread.sleep(600);
        volume.store().failing(1);
        volume.store().hold(false);
        Await.until("a failure", () -> volume.store().failures() > 0);
        assertThatThrownBy(syncing::get).hasCauseInstanceOf(FsException.class);
        volume.store().failing(0);
        TestClient other = volume.client(ClosePolicy.FLUSH);
        Await.until(
                "publication", () -> Arrays.equals(other.content(made.entry().ino()), bytes(50_000, 'x')));
        Await.until("the work file is gone", () -> client.workFiles() == 0);
    }

    @Test
    void appendsOfTwoClientsAreBothKept() throws Exception {
        TestClient a = volume.client(ClosePolicy.FLUSH);
        TestClient b = volume.client(ClosePolicy.FLUSH);
        long ino = file(a, bytes(10_000, 'o'));
        long ofA = a.open(ino, TestClient.APPEND);
        long ofB = b.open(ino, TestClient.APPEND);
        a.write(ofA, 10_000, bytes(5_000, 'a'));
        b.write(ofB, 10_000, bytes(6_000, 'b'));
        b.vfs.fsync(ofB);
        // A hears of it before it publishes.
        a.vfs.changed(ino);
        a.vfs.fsync(ofA);
        byte[] content = b.content(ino);
        assertThat(content).hasSize(21_000);
        assertThat(Arrays.copyOfRange(content, 10_000, 16_000)).isEqualTo(bytes(6_000, 'b'));
        assertThat(Arrays.copyOfRange(content, 16_000, 21_000)).isEqualTo(bytes(5_000, 'a'));
        assertThat(a.read(ofA, 0, 30_000)).isEqualTo(content);
    }

    @Test
    void whatWasAppendedStaysWhereItIsWhenItsEndIsPunched() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        long ino = client.create("f", TestClient.WRITE).entry().ino();
        long appending = client.open(ino, TestClient.APPEND);
        client.write(appending, 0, bytes(10_000, 'a'));
        client.vfs.fallocate(appending, Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, 6_000, 4_000);
        client.vfs.fsync(appending);
        assertThat(client.content(ino)).isEqualTo(Arrays.copyOf(bytes(6_000, 'a'), 10_000));
    }

    @Test
    void whatWasAppendedStaysWhereItIsWhenOtherThingsOfTheFileChange() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        long ino = client.create("f", TestClient.WRITE).entry().ino();
        long appending = client.open(ino, TestClient.APPEND);
        byte[] content = bytes(100_000, 'a');
        client.write(appending, 0, content);
        client.meta.link(ino, MetaFs.ROOT, Name.of("g"), Caller.ROOT);
        client.vfs.fallocate(appending, Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, 20_000, 30_000);
        client.meta.unlink(MetaFs.ROOT, Name.of("g"), Caller.ROOT);
        client.vfs.fsync(appending);
        Arrays.fill(content, 20_000, 50_000, (byte) 0);
        assertThat(client.content(ino)).isEqualTo(content);
    }

    @Test
    void whatWasAppendedInACommitWithoutReplyIsNotAppendedAgain() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH, Duration.ofMillis(300));
        for (int before : new int[] {10_000, 0, 3_000}) {
            long ino = client.create("f" + before, TestClient.WRITE).entry().ino();
            long handle = client.open(ino, TestClient.APPEND);
            client.write(handle, 0, bytes(before, 'o'));
            client.vfs.fsync(handle);
            client.write(handle, before, bytes(5_000, 'a'));
            client.engine.loseReplies(true);
            assertThatThrownBy(() -> client.vfs.fsync(handle)).isInstanceOf(FsException.class);
            client.engine.loseReplies(false);
            client.write(handle, before + 5_000, bytes(10, 'b'));
            client.vfs.fsync(handle);
            byte[] expected = bytes(before + 5_010, 'o');
            Arrays.fill(expected, before, before + 5_000, (byte) 'a');
            Arrays.fill(expected, before + 5_000, before + 5_010, (byte) 'b');
            assertThat(Arrays.equals(client.content(ino), expected)).isTrue();
            assertThat(client.content(ino)).hasSize(before + 5_010);
        }
    }

    @Test
    void aRefusedCommitDoesNotAppendToFilesThatWereCommittedBefore() throws Exception {
        TestClient client = volume.client(ClosePolicy.STAGED);
        List<Long> inos = new ArrayList<>();
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Vfs.Created made = client.create("f" + i, TestClient.APPEND);
            client.write(made.opened().handle(), 0, bytes(5_000, 'o'));
            client.vfs.fsync(made.opened().handle());
            inos.add(made.entry().ino());
            handles.add(made.opened().handle());
        }
        for (long handle : handles) {
            client.write(handle, 5_000, bytes(100, 'a'));
        }
        // More files than one commit takes, so that one that comes after others is refused.
        client.engine.refuseAfter(1);
        for (long handle : handles) {
            client.close(handle);
        }
        TestClient other = volume.client(ClosePolicy.FLUSH);
        for (long ino : inos) {
            Await.until("publication", () -> other.content(ino).length > 5_000);
            assertThat(other.content(ino)).hasSize(5_100);
        }
    }

    @Test
    void appendedBytesBesideOthersMoveAlone() throws Exception {
        TestClient a = volume.client(ClosePolicy.FLUSH);
        TestClient b = volume.client(ClosePolicy.FLUSH);
        long ino = file(a, bytes(10_000, 'o'));
        long writing = a.open(ino, TestClient.WRITE);
        long appending = a.open(ino, TestClient.APPEND);
        long ofB = b.open(ino, TestClient.APPEND);
        a.write(writing, 9_000, bytes(1_000, 'w'));
        a.write(appending, 10_000, bytes(5_000, 'a'));
        b.write(ofB, 10_000, bytes(6_000, 'b'));
        b.vfs.fsync(ofB);
        a.vfs.fsync(appending);
        byte[] content = b.content(ino);
        assertThat(content).hasSize(21_000);
        assertThat(Arrays.copyOfRange(content, 9_000, 10_000)).isEqualTo(bytes(1_000, 'w'));
        assertThat(Arrays.copyOfRange(content, 10_000, 16_000)).isEqualTo(bytes(6_000, 'b'));
    }

    @Test
    void smallFilesAreMergedRangeByRange() throws Exception {
        TestClient a = volume.client(ClosePolicy.FLUSH);
        TestClient b = volume.client(ClosePolicy.FLUSH);
        long ino = file(a, "0000000000".getBytes(UTF_8));
        long ofA = a.open(ino, TestClient.WRITE);
        long ofB = b.open(ino, TestClient.WRITE);
        a.write(ofA, 2, "aa".getBytes(UTF_8));
        b.write(ofB, 5, "bb".getBytes(UTF_8));
        a.vfs.fsync(ofA);
        b.vfs.fsync(ofB);
        assertThat(new String(a.content(ino), UTF_8)).isEqualTo("00aa0bb000");
        assertThat(new String(b.content(ino), UTF_8)).isEqualTo("00aa0bb000");
    }

    @Test
    void whatAnotherClientPublishedBeforeIsSeenAfterAPublicationOfTheSameLength() throws Exception {
        TestClient a = volume.client(ClosePolicy.FLUSH);
        TestClient b = volume.client(ClosePolicy.FLUSH);
        long ino = file(a, bytes(20_000, 'o'));
        long ofA = a.open(ino, TestClient.WRITE);
        a.write(ofA, 0, bytes(10_000, 'a'));
        a.vfs.fsync(ofA);
        long ofB = b.open(ino, TestClient.WRITE);
        b.write(ofB, 0, bytes(10_000, 'b'));
        b.close(ofB);
        a.write(ofA, 15_000, bytes(100, 'a'));
        a.vfs.fsync(ofA);
        // The next open, even while the first is still there, sees what was closed before it.
        Vfs.Opened again = a.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        assertThat(again.keepCache()).as("kernel pages are of an older content").isFalse();
        assertThat(a.read(again.handle(), 0, 10_000)).isEqualTo(bytes(10_000, 'b'));
        assertThat(a.read(ofA, 15_000, 100)).isEqualTo(bytes(100, 'a'));
    }

    @Test
    void aTruncationElsewhereShowsBesideUnpublishedBytes() throws Exception {
        TestClient a = volume.client(ClosePolicy.FLUSH);
        TestClient b = volume.client(ClosePolicy.FLUSH);
        long ino = file(a, bytes(20_000, 'o'));
        long ofA = a.open(ino, TestClient.WRITE);
        a.write(ofA, 0, bytes(100, 'a'));
        b.vfs.setattr(ino, SetAttr.size(5_000), Caller.ROOT);
        a.vfs.changed(ino);
        assertThat(a.vfs.getattr(ino).sizeBytes()).isEqualTo(5_000);
        assertThat(a.read(ofA, 0, 30_000)).hasSize(5_000);
    }

    @Test
    void aHoleThatCannotBeMadeLosesNothing() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        long handle = made.opened().handle();
        client.write(handle, 0, bytes(20_000, 'x'));
        client.engine.refuse(true);
        assertThatThrownBy(
                        () -> client.vfs.fallocate(handle, Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, 5_000, 10_000))
                .isInstanceOf(FsException.class);
        client.engine.refuse(false);
        assertThat(client.read(handle, 0, 20_000)).isEqualTo(bytes(20_000, 'x'));
        client.vfs.fsync(handle);
        assertThat(client.content(made.entry().ino())).isEqualTo(bytes(20_000, 'x'));
    }

    @Test
    void aTruncationDoesNotWaitForPartsThatNobodyWants() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("a", TestClient.WRITE);
        long handle = made.opened().handle();
        volume.store().hold(true);
        client.write(handle, 0, bytes(100_000, 'x'));
        client.write(handle, 100_000, bytes(100_000, 'x'));
        Await.until("a part", () -> volume.store().writes() > 0);
        Thread cut = Thread.ofVirtual().start(() -> {
            try {
                client.vfs.setattr(made.entry().ino(), SetAttr.size(10), Caller.ROOT);
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(cut.join(java.time.Duration.ofMinutes(1))).isTrue();
        volume.store().hold(false);
        client.vfs.fsync(handle);
        assertThat(client.content(made.entry().ino())).isEqualTo(bytes(10, 'x'));
    }

    @Test
    void aLongCopyIsMadeInSteps() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        long source = client.create("a", TestClient.READ_WRITE).opened().handle();
        long target = client.create("b", TestClient.READ_WRITE).opened().handle();
        client.write(source, (40L << 20) - 1, bytes(1, 'x'));
        long copied = 0;
        int calls = 0;
        while (copied < 40L << 20) {
            copied += client.vfs.copyRange(source, copied, target, copied, Integer.MAX_VALUE);
            calls++;
        }
        assertThat(calls).isEqualTo(3);
        assertThat(client.read(target, (40L << 20) - 2, 10)).isEqualTo(new byte[] {0, 'x'});
    }

    @Test
    void fsyncMakesATruncationDurable() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        long ino = file(client, bytes(20_000, 'x'));
        long handle = client.open(ino, TestClient.WRITE);
        client.vfs.setattr(ino, SetAttr.size(100), Caller.ROOT);
        int before = client.engine.syncs();
        client.vfs.fsync(handle);
        assertThat(client.engine.syncs()).isGreaterThan(before);
    }

    @Test
    void fsyncMakesANewEmptyFileDurable() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        long handle = client.create("empty", TestClient.WRITE).opened().handle();
        int before = client.engine.syncs();
        client.vfs.fsync(handle);
        assertThat(client.engine.syncs()).isGreaterThan(before);
    }

    @Test
    void aModeSetAfterAWriteStays() throws Exception {
        TestClient client = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("program", TestClient.WRITE);
        long handle = made.opened().handle();
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            client.vfs.write(handle, 0, arena.allocate(100), true);
        }
        SetAttr mode = new SetAttr(04755, null, null, null, null, null, false);
        client.vfs.setattr(made.entry().ino(), mode, Caller.of(1000, 1000, 1));
        client.close(handle);
        assertThat(client.meta.getattr(made.entry().ino()).mode()).isEqualTo(04755);
    }

    private static long file(TestClient client, byte[] content) throws FsException {
        Vfs.Created made = client.create("file", TestClient.WRITE);
        client.write(made.opened().handle(), 0, content);
        client.close(made.opened().handle());
        return made.entry().ino();
    }
}

package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import dev.leat.testing.Await;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client keeps on its disk, and what the next one makes of it. */
final class LocalDurabilityTest {
    private static final long BOOT = 1;
    private static final long NEXT_BOOT = 2;

    @TempDir
    private Path folder = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private TestVolume volume;

    @SuppressWarnings("NullAway.Init")
    private TestClient client;

    @SuppressWarnings("NullAway.Init")
    private TestClient other;

    @BeforeEach
    void format() throws Exception {
        volume = new TestVolume(folder, 1);
        client = volume.localClient(ClosePolicy.STAGED, BOOT, Long.MAX_VALUE);
        other = volume.client(ClosePolicy.FLUSH);
    }

    @AfterEach
    void close() {
        volume.close();
    }

    private static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (seed + i * 31 + (i >> 8));
        }
        return bytes;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static void awaitPublished(TestClient of) throws InterruptedException {
        await(() -> of.vfs.stats().unpublishedFiles() == 0);
    }

    /** A file that was synced while the store stood still. */
    private Vfs.Created synced(String name, byte[] content) throws Exception {
        volume.store().hold(true);
        Vfs.Created made = client.create(name, TestClient.READ_WRITE);
        client.write(made.opened().handle(), 0, content);
        client.vfs.fsync(made.opened().handle());
        return made;
    }

    private TestClient replayed(long boot) throws Exception {
        TestClient next = volume.afterThe(client, boot);
        volume.store().hold(false);
        return next;
    }

    /** Another client knows of a name a moment after it was made, since it remembers the directory. */
    private long seen(KeptAside aside) throws Exception {
        Await.until("the name is heard of", () -> names(aside.directory()).contains(aside.name()));
        return other.vfs.lookup(aside.directory(), Name.of(aside.name())).ino();
    }

    private List<String> names(long directory) throws FsException {
        return other.meta.readdir(directory, null, 100, false).stream()
                .map(DirEntry::name)
                .map(Name::toString)
                .toList();
    }

    @Test
    void whatWasSyncedOutlivesTheMachineWithoutTheStore() throws Exception {
        byte[] content = bytes(100_000, 1);
        long ino = synced("f", content).entry().ino();
        assertThat(other.content(ino)).as("not in the store yet").isEmpty();
        TestClient next = replayed(NEXT_BOOT);
        assertThat(next.content(ino)).isEqualTo(content);
        awaitPublished(next);
        assertThat(other.content(ino)).isEqualTo(content);
        assertThat(next.vfs.stats().aside()).isEmpty();
        // Nothing is left to do for a third one.
        TestClient last = volume.afterThe(next, NEXT_BOOT);
        assertThat(last.vfs.stats().unpublishedFiles()).isZero();
        assertThat(last.content(ino)).isEqualTo(content);
    }

    @Test
    void aReplayThatStopsHalfWayIsReplayed() throws Exception {
        byte[] content = bytes(70_000, 2);
        long ino = synced("f", content).entry().ino();
        TestClient next = volume.afterThe(client, NEXT_BOOT);
        TestClient last = volume.afterThe(next, NEXT_BOOT + 1);
        volume.store().hold(false);
        awaitPublished(last);
        assertThat(other.content(ino)).isEqualTo(content);
    }

    @Test
    void whatWasClosedOutlivesTheProcessAndNotTheMachine() throws Exception {
        volume.store().hold(true);
        byte[] content = bytes(9_000, 3);
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        client.write(made.opened().handle(), 0, content);
        client.close(made.opened().handle());
        long ino = made.entry().ino();
        TestClient next = volume.afterThe(client, BOOT);
        assertThat(next.content(ino)).isEqualTo(content);
        TestClient rebooted = volume.localClient(ClosePolicy.STAGED, NEXT_BOOT, Long.MAX_VALUE);
        Vfs.Created lost = rebooted.create("g", TestClient.READ_WRITE);
        rebooted.write(lost.opened().handle(), 0, content);
        rebooted.close(lost.opened().handle());
        TestClient after = volume.afterThe(rebooted, NEXT_BOOT + 1);
        assertThat(after.content(lost.entry().ino())).isEmpty();
        assertThat(after.vfs.stats().unpublishedFiles()).isZero();
    }

    @Test
    void bytesOfAFileThatOthersChangedGoBesideIt() throws Exception {
        byte[] content = bytes(50_000, 4);
        long ino = synced("f", content).entry().ino();
        volume.store().hold(false);
        client.engine.close();
        long handle = other.open(ino, TestClient.WRITE);
        other.write(handle, 0, bytes(10, 5));
        other.close(handle);
        TestClient next = volume.afterThe(client, NEXT_BOOT);
        awaitPublished(next);
        assertThat(other.content(ino)).as("theirs stays").isEqualTo(bytes(10, 5));
        assertThat(next.vfs.stats().aside()).hasSize(1);
        KeptAside aside = next.vfs.stats().aside().getFirst();
        assertThat(aside.name()).startsWith("f.leat-lost-");
        assertThat(other.content(seen(aside))).isEqualTo(content);
    }

    @Test
    void bytesOfAFileThatOthersRenamedOrGaveAnotherModeStayInIt() throws Exception {
        byte[] content = bytes(50_000, 11);
        long ino = synced("f", content).entry().ino();
        other.vfs.names().rename(MetaFs.ROOT, Name.of("f"), MetaFs.ROOT, Name.of("g"), 0, Caller.ROOT);
        other.vfs.setattr(ino, new SetAttr(0600, null, null, null, null, null, false), Caller.ROOT);
        TestClient next = replayed(NEXT_BOOT);
        awaitPublished(next);
        assertThat(next.vfs.stats().aside()).isEmpty();
        assertThat(other.content(ino)).isEqualTo(content);
    }

    @Test
    void bytesOfAFileThatOthersPutIntoTheTrashGoWhereItWas() throws Exception {
        byte[] content = bytes(5_000, 7);
        synced("f", content);
        other.vfs.names().unlink(MetaFs.ROOT, Name.of("f"), Caller.ROOT);
        TestClient next = replayed(NEXT_BOOT);
        awaitPublished(next);
        KeptAside aside = next.vfs.stats().aside().getFirst();
        assertThat(aside.directory()).isEqualTo(MetaFs.ROOT);
        assertThat(other.content(seen(aside))).isEqualTo(content);
    }

    @Test
    void bytesOfAFileThatOthersRemovedWithItsDirectoryGoIntoTheRoot() throws Exception {
        Entry directory = client.meta.create(MetaFs.ROOT, Name.of("d"), NewNode.directory(0755, 0), Caller.ROOT);
        volume.store().hold(true);
        Vfs.Created made = client.vfs.create(
                directory.ino(), Name.of("f"), NewNode.file(0644, 0), TestClient.READ_WRITE, Caller.ROOT);
        byte[] content = bytes(5_000, 6);
        client.write(made.opened().handle(), 0, content);
        client.vfs.fsync(made.opened().handle());
        client.engine.close();
        other.meta.unlinkForGood(directory.ino(), Name.of("f"), Caller.ROOT);
        other.meta.rmdirForGood(MetaFs.ROOT, Name.of("d"), Caller.ROOT);
        TestClient next = replayed(NEXT_BOOT);
        awaitPublished(next);
        KeptAside aside = next.vfs.stats().aside().getFirst();
        assertThat(aside.directory()).isEqualTo(MetaFs.ROOT);
        assertThat(aside.name()).startsWith("f.leat-lost-");
        assertThat(other.content(seen(aside))).isEqualTo(content);
    }

    @Test
    void aMountThatKeepsNothingItselfPublishesWhatIsThere() throws Exception {
        byte[] content = bytes(60_000, 20);
        long ino = synced("f", content).entry().ino();
        TestClient next = volume.afterThe(client, NEXT_BOOT, 0);
        assertThat(next.content(ino)).isEqualTo(content);
        volume.store().hold(false);
        awaitPublished(next);
        assertThat(other.content(ino)).isEqualTo(content);
        next.vfs.close();
        assertThat(next.work().resolve(IntentLog.FILE)).doesNotExist();
    }

    @Test
    void aTimeThatWasSetStaysWithoutWaitingForTheStore() throws Exception {
        volume.store().failing(1);
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        client.write(made.opened().handle(), 0, bytes(30_000, 21));
        Time time = new Time(1_000_000_000, 5);
        client.vfs.setattr(ino, new SetAttr(null, null, null, null, null, time, false), Caller.ROOT);
        assertThat(client.vfs.getattr(ino).mtime()).isEqualTo(time);
        client.close(made.opened().handle());
        volume.store().failing(0);
        client.vfs.sync();
        assertThat(other.vfs.getattr(ino).mtime()).isEqualTo(time);
        assertThat(other.content(ino)).isEqualTo(bytes(30_000, 21));
    }

    @Test
    void whatWasCutOffDoesNotComeBackAsZeros() throws Exception {
        byte[] content = bytes(80_000, 7);
        volume.store().failing(1);
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        client.write(made.opened().handle(), 0, content);
        client.vfs.fsync(made.opened().handle());
        long ino = made.entry().ino();
        client.vfs.setattr(ino, SetAttr.size(20_000), Caller.ROOT);
        TestClient next = replayed(NEXT_BOOT);
        volume.store().failing(0);
        awaitPublished(next);
        assertThat(other.content(ino)).isEqualTo(Arrays.copyOf(content, 20_000));
    }

    @Test
    void newerBytesAreNotPublishedOverAnOlderPromise() throws Exception {
        Vfs.Created made = synced("f", bytes(60_000, 8));
        long handle = made.opened().handle();
        long ino = made.entry().ino();
        byte[] newer = bytes(60_000, 9);
        client.write(handle, 0, newer);
        volume.store().hold(false);
        client.vfs.sync();
        assertThat(other.content(ino)).isEqualTo(newer);
        // The machine stops before the end of the intent is on its disk: what is replayed is what was published.
        TestClient next = volume.afterThe(client, NEXT_BOOT);
        awaitPublished(next);
        assertThat(other.content(ino)).isEqualTo(newer);
    }

    @Test
    void aFileIsPublishedBeforeItIsRenamed() throws Exception {
        byte[] old = bytes(30_000, 10);
        byte[] content = bytes(40_000, 11);
        Vfs.Created target = client.create("f", TestClient.READ_WRITE);
        client.write(target.opened().handle(), 0, old);
        client.close(target.opened().handle());
        awaitPublished(client);
        Vfs.Created made = client.create("f.tmp", TestClient.READ_WRITE);
        client.write(made.opened().handle(), 0, content);
        client.vfs.fsync(made.opened().handle());
        client.close(made.opened().handle());
        client.vfs.names().rename(MetaFs.ROOT, Name.of("f.tmp"), MetaFs.ROOT, Name.of("f"), 0, Caller.ROOT);
        assertThat(other.content(other.vfs.lookup(MetaFs.ROOT, Name.of("f")).ino()))
                .isEqualTo(content);
        // Without the store the old name keeps the old bytes, and the new ones are where they were.
        volume.store().failing(1);
        Vfs.Created again = client.create("f.tmp", TestClient.READ_WRITE);
        client.write(again.opened().handle(), 0, bytes(40_000, 12));
        client.vfs.fsync(again.opened().handle());
        assertThatThrownBy(() -> client.vfs
                        .names()
                        .rename(MetaFs.ROOT, Name.of("f.tmp"), MetaFs.ROOT, Name.of("f"), 0, Caller.ROOT))
                .isInstanceOf(FsException.class);
        assertThat(other.content(other.vfs.lookup(MetaFs.ROOT, Name.of("f")).ino()))
                .isEqualTo(content);
        volume.store().failing(0);
        client.vfs.sync();
        assertThat(other.content(again.entry().ino())).isEqualTo(bytes(40_000, 12));
    }

    @Test
    void aDirectoryIsMovedAfterWhatIsInIt() throws Exception {
        Entry directory = client.meta.create(MetaFs.ROOT, Name.of("tmp"), NewNode.directory(0755, 0), Caller.ROOT);
        Vfs.Created made = client.vfs.create(
                directory.ino(), Name.of("part"), NewNode.file(0644, 0), TestClient.READ_WRITE, Caller.ROOT);
        byte[] content = bytes(20_000, 13);
        client.write(made.opened().handle(), 0, content);
        client.vfs.fsync(made.opened().handle());
        client.vfs.names().rename(MetaFs.ROOT, Name.of("tmp"), MetaFs.ROOT, Name.of("done"), 0, Caller.ROOT);
        assertThat(other.content(made.entry().ino())).isEqualTo(content);
    }

    @Test
    void whatWasRemovedHereIsNotMissed() throws Exception {
        Vfs.Created made = synced("f", bytes(50_000, 14));
        client.vfs.names().unlink(MetaFs.ROOT, Name.of("f"), Caller.ROOT);
        Path intents = client.work().resolve(IntentLog.FILE);
        IntentLog.Live known = Objects.requireNonNull(
                IntentLog.read(intents).live().get(made.entry().ino()));
        assertThat(known.removed()).isTrue();
        TestClient next = replayed(NEXT_BOOT);
        awaitPublished(next);
        assertThat(next.vfs.stats().aside()).isEmpty();
        assertThat(names(MetaFs.ROOT)).noneMatch(name -> name.contains("leat-lost"));
    }

    @Test
    void whatWasRemovedHereIsNotMissedEvenIfNobodyLivedToSeeIt() throws Exception {
        long ino = synced("f", bytes(50_000, 14)).entry().ino();
        // Noted before the change is on its way, at the last moment at which this process surely lives.
        List<Boolean> noted = new ArrayList<>();
        client.engine.beforeCommit(() -> noted.add(noteOf(ino)));
        client.vfs.names().unlink(MetaFs.ROOT, Name.of("f"), Caller.ROOT);
        assertThat(noted).containsExactly(true);
    }

    @Test
    void whatCouldNotBeRemovedHereIsMissedIfOthersRemoveIt() throws Exception {
        byte[] content = bytes(50_000, 14);
        long ino = synced("f", content).entry().ino();
        client.create("g", TestClient.READ_WRITE);
        assertThatThrownBy(() -> client.vfs
                        .names()
                        .rename(
                                MetaFs.ROOT,
                                Name.of("g"),
                                MetaFs.ROOT,
                                Name.of("f"),
                                MetaFs.RENAME_NOREPLACE,
                                Caller.ROOT))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        assertThat(noteOf(ino)).isFalse();
        other.vfs.names().unlink(MetaFs.ROOT, Name.of("f"), Caller.ROOT);
        TestClient next = replayed(NEXT_BOOT);
        awaitPublished(next);
        assertThat(other.content(seen(next.vfs.stats().aside().getFirst()))).isEqualTo(content);
    }

    /** Whether the log says that a file is removed here. */
    private boolean noteOf(long ino) {
        try {
            return Objects.requireNonNull(IntentLog.read(client.work().resolve(IntentLog.FILE))
                            .live()
                            .get(ino))
                    .removed();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void writersWaitForTheStoreAndAreToldInTheEnd() throws Exception {
        TestClient small = volume.localClient(ClosePolicy.STAGED, BOOT, 1 << 20);
        volume.store().hold(true);
        Vfs.Created made = small.create("f", TestClient.READ_WRITE);
        long handle = made.opened().handle();
        byte[] piece = bytes(128 << 10, 15);
        long written = 0;
        FsException told = null;
        while (told == null && written < 4 << 20) {
            try {
                small.write(handle, written, piece);
                written += piece.length;
            } catch (FsException e) {
                told = e;
            }
        }
        assertThat(told).isNotNull();
        assertThat(told.errno()).isEqualTo(Errno.ENOSPC);
        assertThat(told.getMessage()).contains("--unpublished-limit");
        assertThat(written).isBetween((1L << 20) - piece.length, (1L << 20) + piece.length);
        small.vfs.fsync(handle);
        volume.store().hold(false);
        awaitPublished(small);
        small.write(handle, written, piece);
        small.close(handle);
        awaitPublished(small);
        assertThat(other.vfs.getattr(made.entry().ino()).sizeBytes()).isEqualTo(written + piece.length);
    }

    @Test
    void withoutItsFolderOnlyTheStoreKeepsWhatIsSynced() throws Exception {
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        byte[] content = bytes(20_000, 16);
        client.write(made.opened().handle(), 0, content);
        try (var files = Files.list(client.work())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        client.vfs.fsync(made.opened().handle());
        assertThat(other.content(made.entry().ino())).as("in the store").isEqualTo(content);
        volume.store().failing(1);
        client.write(made.opened().handle(), 0, bytes(20_000, 17));
        assertThatThrownBy(() -> client.vfs.fsync(made.opened().handle())).isInstanceOf(FsException.class);
    }

    @Test
    void closeUnderFlushIsAsGoodAsFsync() throws Exception {
        TestClient flushing = volume.localClient(ClosePolicy.FLUSH, BOOT, Long.MAX_VALUE);
        volume.store().hold(true);
        Vfs.Created made = flushing.create("f", TestClient.READ_WRITE);
        byte[] content = bytes(20_000, 18);
        flushing.write(made.opened().handle(), 0, content);
        flushing.close(made.opened().handle());
        TestClient next = volume.afterThe(flushing, NEXT_BOOT);
        volume.store().hold(false);
        assertThat(next.content(made.entry().ino())).isEqualTo(content);
    }

    @Test
    void whatCannotBePublishedAtTheEndWaitsForTheNextMount() throws Exception {
        byte[] content = bytes(20_000, 19);
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        volume.store().failing(1);
        client.write(made.opened().handle(), 0, content);
        int[] kept = new int[1];
        assertThat(client.vfs.finish(files -> kept[0] = files)).isEmpty();
        assertThat(kept[0]).isEqualTo(1);
        TestClient next = volume.afterThe(client, NEXT_BOOT);
        volume.store().failing(0);
        awaitPublished(next);
        assertThat(other.content(made.entry().ino())).isEqualTo(content);
    }
}

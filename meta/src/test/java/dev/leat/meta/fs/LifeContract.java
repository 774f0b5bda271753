package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.SessionToken;
import dev.leat.sys.Errno;
import dev.leat.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sessions, unlinked files that are open, subdirectories as roots, read-only mounts. */
interface LifeContract extends FsVolume {
    /** Short, but longer than the pauses of a busy machine, for which nobody shall be declared dead. */
    Duration SHORT = Duration.ofSeconds(2);

    @Test
    default void anUnlinkedFileLivesWhileItIsOpen() throws Exception {
        VolumeFs short1 = mount(MountSpec.of("short").withLease(SHORT));
        long f = file("f");
        short1.open(f);
        short1.unlink(MetaFs.ROOT, name("f"), Caller.ROOT);
        assertThat(short1.getattr(f).nlink()).isZero();
        MetaEngine engine = client();
        assertThat(engine.get(List.of(Keys.orphan(f)), List.of(Keys.holds(f)))).hasSize(2);
        short1.closed(f);
        fs().close();
        Await.until(
                "the file is reaped",
                () -> engine.get(List.of(Keys.orphan(f), Keys.inodeRef(f)), List.of())
                        .isEmpty());
        fails(Errno.ESTALE, () -> short1.getattr(f));
    }

    @Test
    default void aFileOpenElsewhereOutlivesItsName() throws Exception {
        VolumeFs opener = mount(MountSpec.of("opener").withLease(SHORT));
        VolumeFs remover = mount(MountSpec.of("remover").withLease(SHORT));
        fs().close();
        long f = opener.create(MetaFs.ROOT, name("f"), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
        opener.open(f);
        remover.unlink(MetaFs.ROOT, name("f"), Caller.ROOT);
        MetaEngine engine = client();
        Await.until(
                "the opener holds it",
                () -> !engine.get(List.of(), List.of(Keys.holds(f))).isEmpty());
        long twoLeases = System.nanoTime() + 3 * SHORT.toNanos();
        Await.until("leases have passed", () -> System.nanoTime() > twoLeases);
        assertThat(opener.getattr(f).nlink()).isZero();
        opener.closed(f);
        Await.until(
                "it is reaped",
                () -> engine.get(List.of(Keys.orphan(f)), List.of()).isEmpty());
    }

    @Test
    default void aFileWithoutANameCanBeGivenOne() throws Exception {
        Attr made =
                fs().createUnnamed(MetaFs.ROOT, NewNode.file(0644, 0), ALICE).attr();
        assertThat(made.nlink()).isZero();
        Entry linked = fs().link(made.ino(), MetaFs.ROOT, name("named"), ALICE);
        assertThat(linked.attr().nlink()).isEqualTo(1);
        fs().closed(made.ino());
        assertThat(fs().lookup(MetaFs.ROOT, name("named")).ino()).isEqualTo(made.ino());
        assertThat(client().get(List.of(Keys.orphan(made.ino())), List.of(Keys.holds(made.ino()))))
                .isEmpty();
    }

    @Test
    default void aFileIsOpenFromTheMomentItIsMade() throws Exception {
        VolumeFs maker = mount(MountSpec.of("maker").withLease(SHORT));
        FileView made = maker.createOpen(MetaFs.ROOT, name("new"), NewNode.file(0644, 0), ALICE);
        long f = made.attr().ino();
        // The same as a later open reads.
        assertThat(maker.view(f)).isEqualTo(made);
        maker.unlink(MetaFs.ROOT, name("new"), Caller.ROOT);
        MetaEngine engine = client();
        assertThat(engine.get(List.of(Keys.orphan(f)), List.of(Keys.holds(f)))).hasSize(2);
        maker.closed(f);
        fs().close();
        Await.until(
                "the file is reaped",
                () -> engine.get(List.of(Keys.orphan(f)), List.of()).isEmpty());
    }

    @Test
    default void aFileThatCouldNotBeMadeIsNotOpen() throws Exception {
        long f = file("f");
        fails(Errno.EEXIST, () -> fs().createOpen(MetaFs.ROOT, name("f"), NewNode.file(0644, 0), ALICE));
        fs().unlink(MetaFs.ROOT, name("f"), Caller.ROOT);
        assertThat(client().get(List.of(), List.of(Keys.holds(f)))).isEmpty();
    }

    @Test
    default void aSilentSessionIsDeclaredDeadAndCanChangeNothing() throws Exception {
        BlockingQueue<String> death = new ArrayBlockingQueue<>(1);
        VolumeFs victim = mount(MountSpec.of("victim").withOnDeath(death::add));
        long f = file("f");
        victim.open(f);
        // What the others would do after its lease, done at once.
        int number = victim.client().writer().number();
        List<Write> writes = new ArrayList<>();
        MetaEngine engine = client();
        for (var row : ContractSessions.rows(engine, number)) {
            writes.add(new Write.Delete(row));
        }
        engine.commit(new Commit(null, new Stamp(99, 1), List.of(), writes, false));
        fails(Errno.EIO, () -> victim.create(MetaFs.ROOT, name("late"), NewNode.file(0, 0), Caller.ROOT));
        assertThat(death.poll(60, TimeUnit.SECONDS)).contains("declared dead");
        fails(Errno.EIO, () -> victim.unlink(MetaFs.ROOT, name("f"), Caller.ROOT));
        assertThat(ino(MetaFs.ROOT, "late")).isNull();
        assertThat(victim.feedFresh()).isFalse();
        assertThat(victim.getattr(f).nlink()).isEqualTo(1);
    }

    @Test
    default void aDeadSessionIsNoticedByItsSilence() throws Exception {
        VolumeFs watcher = mount(MountSpec.of("watcher").withLease(SHORT));
        MetaEngine engine = client();
        MetaEngine cut = client();
        VolumeFs victim =
                VolumeFs.mount(cut, MountSpec.of("victim").withLease(SHORT).withRequestDeadline(Duration.ofSeconds(2)));
        int number = victim.client().writer().number();
        long f = victim.createUnnamed(MetaFs.ROOT, NewNode.file(0644, 0), Caller.ROOT)
                .attr()
                .ino();
        assertThat(watcher.client().writer().isLive(number)).isTrue();
        cut.close();
        Await.until(
                "its rows are gone", () -> ContractSessions.rows(engine, number).isEmpty());
        assertThat(watcher.client().writer().isLive(number)).isFalse();
        victim.close();
        fs().close();
        Await.until(
                "what it held is reaped",
                () -> engine.get(List.of(Keys.orphan(f)), List.of()).isEmpty());
    }

    @Test
    default void aSessionGoesOnInAnotherProcess() throws Exception {
        MetaEngine cut = client();
        VolumeFs before = VolumeFs.mount(cut, MountSpec.of("dies").withLease(SHORT));
        SessionToken token = before.client().writer().token();
        long f = before.createUnnamed(MetaFs.ROOT, NewNode.file(0644, 0), Caller.ROOT)
                .attr()
                .ino();
        long g = before.create(MetaFs.ROOT, name("g"), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
        FileLock lock = new FileLock(FileLock.Kind.FLOCK, 7, 1, FileLock.Mode.EXCLUSIVE, 0, Long.MAX_VALUE);
        before.setlk(g, lock);
        cut.close();
        VolumeFs after = mount(MountSpec.of("dies").withLease(SHORT).resuming(token.next()));
        before.close();
        assertThat(after.client().writer().token()).isEqualTo(token.next());
        assertThat(after.open(f).attr().nlink()).isZero();
        long h = after.create(MetaFs.ROOT, name("h"), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
        assertThat(h).isNotIn(f, g);
        assertThat(after.made(f) && after.made(g) && after.made(h)).isTrue();
        fails(Errno.EAGAIN, () -> fs().setlk(g, lock));
        long twoLeases = System.nanoTime() + 2 * SHORT.toNanos();
        Await.until("leases have passed", () -> System.nanoTime() > twoLeases);
        assertThat(after.getattr(f).nlink()).isZero();
        after.unlockAll(g, FileLock.Kind.FLOCK, 7);
        fs().setlk(g, lock);
        MetaEngine engine = client();
        VolumeFs dead = mount(MountSpec.of("dies").withLease(SHORT).resuming(new SessionToken(1, 2, 3)));
        assertThat(dead.client().writer().token().generation())
                .as("nobody goes on with a session that is not there")
                .isZero();
        after.closed(f);
        after.close();
        assertThat(ContractSessions.rows(engine, token.number())).isEmpty();
    }

    @Test
    default void aSessionThatEndsLeavesNothing() throws Exception {
        VolumeFs other = mount(MountSpec.of("other"));
        int number = other.client().writer().number();
        assertThat(ContractSessions.rows(client(), number)).hasSize(34);
        other.close();
        assertThat(ContractSessions.rows(client(), number)).isEmpty();
        fails(Errno.EIO, () -> other.create(MetaFs.ROOT, name("x"), NewNode.file(0, 0), Caller.ROOT));
    }

    @Test
    default void aSubdirectoryCanBeTheRoot() throws Exception {
        VolumeFs sub = mount(MountSpec.of("sub").withSubdir("a/b"));
        long b = fs().lookup(fs().lookup(MetaFs.ROOT, name("a")).ino(), name("b"))
                .ino();
        Entry made = sub.create(MetaFs.ROOT, name("d"), NewNode.directory(0755, 0), Caller.ROOT);
        assertThat(ino(b, "d")).isEqualTo(made.ino());
        assertThat(sub.parent(made.ino())).isEqualTo(MetaFs.ROOT);
        assertThat(sub.parent(MetaFs.ROOT)).isEqualTo(MetaFs.ROOT);
        assertThat(sub.getattr(MetaFs.ROOT).ino()).isEqualTo(MetaFs.ROOT);
        assertThat(sub.getattr(MetaFs.ROOT).nlink()).isEqualTo(3);
        assertThat(FsVolume.list(sub, MetaFs.ROOT, 10, true)).hasSize(1);
        file("notdir");
        assertThatThrownBy(() -> mount(MountSpec.of("x").withSubdir("notdir")))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.NOT_FOUND));
        assertThatThrownBy(() -> mount(MountSpec.of("x").withSubdir("missing").asReadOnly()))
                .hasMessageContaining("missing");
    }

    @Test
    default void aReadOnlyMountChangesNothing() throws Exception {
        long f = file("f");
        VolumeFs reader = mount(MountSpec.of("reader").asReadOnly());
        assertThat(reader.lookup(MetaFs.ROOT, name("f")).ino()).isEqualTo(f);
        assertThat(reader.open(f).attr().ino()).isEqualTo(f);
        reader.closed(f);
        fails(Errno.EROFS, () -> reader.create(MetaFs.ROOT, name("x"), NewNode.file(0, 0), Caller.ROOT));
        fails(Errno.EROFS, () -> reader.unlink(MetaFs.ROOT, name("f"), Caller.ROOT));
        fails(Errno.EROFS, () -> reader.setattr(f, FsVolume.mode(0), Caller.ROOT));
        assertThat(client().scan(Keys.sessions(), null, 10)).hasSize(1);
    }

    @Test
    default void aVolumeIsMadeOnceAndRecognised() throws Exception {
        MetaEngine engine = client();
        VolumeRecord volume = Volumes.load(engine);
        assertThat(volume.name()).isEqualTo("test");
        assertThatThrownBy(() -> Volumes.format(engine, volume))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.EXISTS));
        VolumeRecord newer = new VolumeRecord(
                volume.name(), volume.uuid(), 1, 99, 0, 0, 0, volume.storeUrl(), Map.of(), 1, 0, "9.9", Map.of());
        engine.commit(new Commit(
                null, new Stamp(98, 1), List.of(), List.of(new Write.Put(Keys.VOLUME_RECORD, newer.encode())), false));
        assertThatThrownBy(() -> Volumes.load(engine)).hasMessageContaining("9.9");
        engine.commit(
                new Commit(null, new Stamp(98, 2), List.of(), List.of(new Write.Delete(Keys.VOLUME_RECORD)), false));
        assertThatThrownBy(() -> Volumes.load(engine))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.NOT_FOUND));
    }

    @Test
    default void removedDirectoriesLeaveNothing() throws Exception {
        long d = directory("d");
        VolumeFs other = mount(MountSpec.of("other"));
        other.create(d, name("f"), NewNode.file(0644, 0), Caller.ROOT);
        fs().unlink(d, name("f"), Caller.ROOT);
        fs().rmdir(MetaFs.ROOT, name("d"), Caller.ROOT);
        assertThat(client().scan(new Prefix(Keys.directory(d), dev.leat.meta.engine.Bytes.EMPTY), null, 10))
                .isEmpty();
    }

    @Test
    default void anIdleClientHardlyAsks() throws Exception {
        FaultyEngine network = new FaultyEngine(client(), 1, FaultyEngine.Faults.NONE);
        try (VolumeFs idle = VolumeFs.mount(network, MountSpec.of("idle").withLease(Duration.ofSeconds(1)))) {
            idle.create(MetaFs.ROOT, name("f"), NewNode.file(0644, 0), Caller.ROOT);
            long before = network.requests();
            Thread.sleep(2_000);
            // Ten looks for unlinked files, heartbeats and looks at other sessions: a few requests each.
            assertThat(network.requests() - before).isBetween(1L, 150L);
        }
    }
}

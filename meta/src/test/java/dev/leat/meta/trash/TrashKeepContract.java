package dev.leat.meta.trash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.record.Keys;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What is kept, and who may do what with it. */
abstract class TrashKeepContract extends TrashVolume {
    // What is kept.

    @Test
    void aRemovedFileIsInTheTrashWithAllItHad() throws Exception {
        long f = file(a, ROOT, "f", "content");
        a.setxattr(f, Bytes.of("user.a"), Bytes.of("b"), 0, Caller.ROOT);
        a.open(f);
        unlink(b, ROOT, "f");
        fails(Errno.ENOENT, () -> a.lookup(ROOT, name("f")));
        assertThat(names(a, ROOT)).isEmpty();
        assertThat(trashed(a)).containsExactly("1-" + f + "-f");
        for (VolumeFs fs : List.of(a, b)) {
            assertThat(fs.getattr(f).nlink()).isZero();
            assertThat(content(fs, f)).isEqualTo("content");
            assertThat(fs.getxattr(f, Bytes.of("user.a"))).isEqualTo(Bytes.of("b"));
        }
        // Who has it open goes on.
        a.publish(
                List.of(new Publication(f, null, List.of(new Edit.Inline(Bytes.of("more"))), null, List.of(), false)),
                false);
        assertThat(content(b, f)).isEqualTo("more");
        a.closed(f);
        assertThat(engine.scan(Keys.orphans(), null, 10)).isEmpty();
    }

    @Test
    void onlyTheLastNameOfAFileGoesToTheTrash() throws Exception {
        long f = file(a, ROOT, "one", "content");
        a.link(f, ROOT, name("two"), Caller.ROOT);
        unlink(b, ROOT, "one");
        fails(Errno.ENOENT, () -> a.lookup(ROOT, name(".trash")));
        unlink(a, ROOT, "two");
        assertThat(trashed(b)).containsExactly("1-" + f + "-two");
        assertThat(b.getattr(f).nlink()).isZero();
        assertThat(restore(b, true).restored).containsExactly("/two");
        assertThat(a.lookup(ROOT, name("two")).attr().nlink()).isEqualTo(1);
        a.link(f, ROOT, name("three"), Caller.ROOT);
        assertThat(b.getattr(f).nlink()).isEqualTo(2);
    }

    @Test
    void whatARenameReplacesIsKept() throws Exception {
        long old = file(a, ROOT, "f", "old");
        long fresh = file(a, ROOT, "g", "new");
        a.rename(ROOT, name("g"), ROOT, name("f"), 0, Caller.ROOT);
        assertPath(b, "f", fresh);
        long d = directory(a, ROOT, "d");
        long e = directory(a, ROOT, "e");
        long sub = directory(a, e, "sub");
        a.rename(e, name("sub"), ROOT, name("d"), 0, Caller.ROOT);
        assertPath(b, "d", sub);
        assertThat(trashed(b)).containsExactlyInAnyOrder("1-" + old + "-f", "1-" + d + "-d");
        assertThat(content(b, old)).isEqualTo("old");
    }

    @Test
    void allKindsAreKept() throws Exception {
        a.create(ROOT, name("link"), NewNode.symlink(Bytes.of("target")), Caller.ROOT);
        long pipe = a.create(ROOT, name("pipe"), new NewNode(FileType.FIFO, 0600, 0, 0, null), Caller.ROOT)
                .ino();
        unlink(a, ROOT, "link");
        unlink(a, ROOT, "pipe");
        assertThat(trashed(b)).hasSize(2);
        restore(b, true);
        assertPath(a, "pipe", pipe);
        assertThat(a.readlink(a.lookup(ROOT, name("link")).ino())).isEqualTo(Bytes.of("target"));
    }

    @Test
    void nothingIsMadeInADirectoryInTheTrash() throws Exception {
        long d = directory(a, ROOT, "d");
        long f = file(a, ROOT, "f");
        long e = directory(a, ROOT, "e");
        // Both remember it as it was.
        for (VolumeFs fs : List.of(a, b)) {
            file(fs, d, "warm");
            unlink(fs, d, "warm");
        }
        rmdir(a, ROOT, "d");
        for (VolumeFs fs : List.of(a, b)) {
            fails(Errno.ENOENT, () -> file(fs, d, "x"));
            fails(Errno.ENOENT, () -> directory(fs, d, "x"));
            fails(Errno.ENOENT, () -> fs.createUnnamed(d, NewNode.file(0600, 0), Caller.ROOT));
            fails(Errno.ENOENT, () -> fs.link(f, d, name("x"), Caller.ROOT));
            fails(Errno.ENOENT, () -> fs.rename(ROOT, name("f"), d, name("x"), 0, Caller.ROOT));
            fails(Errno.ENOENT, () -> fs.rename(ROOT, name("e"), d, name("x"), 0, Caller.ROOT));
            fails(Errno.ENOENT, () -> fs.clone(ROOT, name("f"), d, name("x"), n -> {}));
            fails(Errno.ENOENT, () -> fs.clone(ROOT, name("e"), d, name("x"), n -> {}));
            fails(Errno.ENOENT, () -> fs.lookup(d, name("x")));
            assertThat(names(fs, d)).isEmpty();
        }
        assertThat(a.getattr(d).nlink()).isZero();
        assertPath(a, "e", e);
    }

    @Test
    void aDirectoryThatIsRemovedWhileSomethingMovesIntoItIsEmptyOrStays() throws Exception {
        for (int round = 0; round < 20; round++) {
            long d = directory(a, ROOT, "d" + round);
            String f = "f" + round;
            long ino = file(a, ROOT, f);
            String other = "d" + round;
            int how = round % 2;
            List<Boolean> done = together(List.of(
                    () -> succeeds(() -> rmdir(a, ROOT, other)),
                    () -> succeeds(() -> {
                        if (how == 0) {
                            b.rename(ROOT, name(f), d, name("in"), 0, Caller.ROOT);
                        } else {
                            b.link(ino, d, name("in"), Caller.ROOT);
                        }
                    })));
            assertThat(done.get(0)).isNotEqualTo(done.get(1));
            assertThat(names(b, d)).hasSize(done.get(1) ? 1 : 0);
        }
    }

    private static boolean succeeds(ThrowingCallable call) throws Exception {
        try {
            call.call();
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isIn(Errno.ENOENT, Errno.ENOTEMPTY);
            return false;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRemovalIsOneCommitAndNoReadMoreOnceTheBucketIsKnown() throws Exception {
        CountedEngine counted = keep(new CountedEngine(connect()));
        VolumeFs fs = mount(counted);
        // With its first page the feed makes a client forget what it remembers.
        while (!fs.feedFresh()) {
            Thread.onSpinWait();
        }
        long d = directory(fs, ROOT, "d");
        for (int i = 0; i <= 2 * TRIES; i++) {
            file(fs, d, "f" + i);
        }
        unlink(fs, d, "f0");
        int operations = cheapest(counted, fs, d, 1);
        assertThat(operations).isLessThanOrEqualTo(8);
        setTrashDays(0);
        while (fs.trashDays() != 0) {
            Thread.onSpinWait();
        }
        assertThat(cheapest(counted, fs, d, 1 + TRIES)).isLessThanOrEqualTo(operations);
    }

    /** Removals to be counted: what this client hears of its own changes may cost one of them a second try. */
    private static final int TRIES = 5;

    /** The operations of the cheapest of some removals, which is one commit and no read. */
    private int cheapest(CountedEngine counted, VolumeFs fs, long directory, int from) throws Exception {
        int operations = Integer.MAX_VALUE;
        for (int i = from; i < from + TRIES; i++) {
            counted.reset();
            unlink(fs, directory, "f" + i);
            if (counted.commits() == 1 && counted.gets() == 0) {
                operations = Math.min(operations, counted.operations());
            }
        }
        return operations;
    }

    @Test
    void manyRemoveAtTheBeginningOfAnHour() throws Exception {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            VolumeFs fs = i % 2 == 0 ? a : b;
            String prefix = "t" + i + "-";
            for (int n = 0; n < 5; n++) {
                file(fs, ROOT, prefix + n);
            }
            calls.add(() -> {
                for (int n = 0; n < 5; n++) {
                    unlink(fs, ROOT, prefix + n);
                }
                return true;
            });
        }
        together(calls);
        assertThat(trashed(a)).hasSize(40);
        assertThat(a.getattr(MetaFs.TRASH).nlink()).isEqualTo(3);
    }

    // Who may do what.

    @Test
    void theTrashIsLookedAtByNameAndChangedByNobody() throws Exception {
        fails(Errno.ENOENT, () -> a.lookup(ROOT, name(".trash")));
        fails(Errno.EPERM, () -> directory(a, ROOT, ".trash"));
        long f = file(a, ROOT, "f");
        file(a, ROOT, "g");
        directory(a, ROOT, "d");
        unlink(a, ROOT, "f");
        long trash = a.lookup(ROOT, name(".trash")).ino();
        long bucket = bucket(a, BUCKET);
        Name kept = name("1-" + f + "-f");
        assertThat(a.lookup(ROOT, name(".trash")).attr().mode()).isEqualTo(0500);
        assertThat(a.getattr(bucket).mode()).isEqualTo(0500);
        assertThat(a.parent(trash)).isEqualTo(ROOT);
        assertThat(names(a, ROOT)).containsExactly("d", "g");
        for (long in : List.of(trash, bucket)) {
            fails(Errno.EPERM, () -> file(a, in, "x"));
            fails(Errno.EPERM, () -> directory(a, in, "x"));
            fails(Errno.EPERM, () -> a.createUnnamed(in, NewNode.file(0600, 0), Caller.ROOT));
            fails(Errno.EPERM, () -> a.rename(ROOT, name("g"), in, name("x"), 0, Caller.ROOT));
            fails(Errno.EPERM, () -> a.link(a.lookup(ROOT, name("g")).ino(), in, name("x"), Caller.ROOT));
            fails(Errno.EPERM, () -> a.clone(ROOT, name("g"), in, name("x"), n -> {}));
            fails(
                    Errno.EPERM,
                    () -> a.setattr(in, new SetAttr(0777, null, null, null, null, null, false), Caller.ROOT));
            fails(Errno.EPERM, () -> a.setxattr(in, Bytes.of("user.x"), Bytes.of("x"), 0, Caller.ROOT));
            assertThatThrownBy(() -> a.quotas().set(in, 1, 1)).isInstanceOf(FsException.class);
        }
        fails(Errno.EPERM, () -> rmdir(a, ROOT, ".trash"));
        fails(Errno.EPERM, () -> a.rename(ROOT, name(".trash"), ROOT, name("x"), 0, Caller.ROOT));
        fails(Errno.EPERM, () -> a.rename(ROOT, name("d"), ROOT, name(".trash"), 0, Caller.ROOT));
        fails(Errno.EPERM, () -> a.rename(trash, name(BUCKET), ROOT, name("x"), 0, Caller.ROOT));
        fails(Errno.EPERM, () -> a.rename(bucket, kept, ROOT, name("g"), MetaFs.RENAME_EXCHANGE, Caller.ROOT));
        fails(Errno.EPERM, () -> a.unlink(bucket, kept, ALICE));
        fails(Errno.EPERM, () -> a.rename(bucket, kept, ROOT, name("x"), 0, ALICE));
        fails(Errno.ENOENT, () -> a.link(f, ROOT, name("x"), Caller.ROOT));
        fails(Errno.ENOTEMPTY, () -> rmdir(a, trash, BUCKET));
        assertThat(trashed(a)).containsExactly(kept.toString());
    }

    @Test
    void theSuperUserTakesThingsOut() throws Exception {
        long d = directory(a, ROOT, "d");
        long f = file(a, d, "f", "content");
        long gone = file(a, d, "gone");
        unlink(a, d, "f");
        unlink(a, d, "gone");
        rmdir(a, ROOT, "d");
        long bucket = bucket(b, BUCKET);
        long target = directory(b, ROOT, "target");
        b.rename(bucket, name("1-" + d + "-d"), target, name("again"), 0, Caller.ROOT);
        b.rename(bucket, name(d + "-" + f + "-f"), d, name("f2"), 0, Caller.ROOT);
        unlink(b, bucket, d + "-" + gone + "-gone");
        assertPath(a, "target/again/f2", f);
        assertThat(a.getattr(f).nlink()).isEqualTo(1);
        assertThat(a.getattr(d).nlink()).isEqualTo(2);
        file(a, d, "more");
        rmdir(b, MetaFs.TRASH, BUCKET);
        assertThat(names(b, MetaFs.TRASH)).isEmpty();
        assertThat(engine.scan(Keys.orphans(), null, 10)).hasSize(1);
        // The bucket comes again, with counts that are right.
        unlink(a, d, "more");
        assertThat(trashed(b)).hasSize(1);
        assertThat(b.getattr(bucket).nlink()).isEqualTo(2);
    }

    @Test
    void aMountOfASubdirectoryShowsNone() throws Exception {
        VolumeFs sub = keep(VolumeFs.mount(
                keep(connect()), MountSpec.of("sub").withClock(clock).withSubdir("s")));
        file(sub, ROOT, "f");
        unlink(sub, ROOT, "f");
        fails(Errno.ENOENT, () -> sub.lookup(ROOT, name(".trash")));
        assertThat(trashed(a)).hasSize(1);
        directory(sub, ROOT, ".trash");
        assertThatThrownBy(
                        () -> VolumeFs.mount(keep(connect()), MountSpec.of("x").withSubdir(".trash")))
                .isInstanceOf(MetaException.class);
    }
}

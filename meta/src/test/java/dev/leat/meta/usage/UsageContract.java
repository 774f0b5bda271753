package dev.leat.meta.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.FsStat;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.fsck.Fsck;
import dev.leat.meta.fsck.Problem;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is counted and what is refused, on every engine, with two mounts. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
abstract class UsageContract {
    private static final long ROOT = MetaFs.ROOT;

    @TempDir
    Path scratch;

    private final List<AutoCloseable> open = new ArrayList<>();
    private VolumeFs a;
    private VolumeFs b;
    private Quotas quotas;

    /** Connects one more client to the volume of this test. */
    abstract MetaEngine connect() throws Exception;

    @BeforeEach
    final void mountTwice() throws Exception {
        MetaEngine engine = connect();
        open.add(engine);
        Volumes.format(engine, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        a = mount(engine);
        MetaEngine other = connect();
        open.add(other);
        b = mount(other);
        quotas = a.quotas();
    }

    private VolumeFs mount(MetaEngine engine) throws Exception {
        VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("test"));
        open.add(fs);
        return fs;
    }

    @AfterEach
    final void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private static long file(MetaFs fs, long parent, String name) throws Exception {
        return fs.create(parent, Name.of(name), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
    }

    private static long directory(MetaFs fs, long parent, String name) throws Exception {
        return fs.create(parent, Name.of(name), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
    }

    private static void write(MetaFs fs, long ino, int bytes) throws Exception {
        Bytes content = Bytes.wrap(new byte[bytes]);
        fs.publish(
                List.of(new Publication(ino, null, List.of(new Edit.Inline(content)), null, List.of(), false)), false);
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** Waits until both mounts have heard of a limit. */
    private void heard(long ino, long bytesMax, long inodesMax) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        for (VolumeFs fs : List.of(a, b)) {
            FsStat stat = fs.statfs(ino);
            while ((bytesMax != 0 && stat.totalBytes() != bytesMax)
                    || (inodesMax != 0 && stat.totalInodes() != inodesMax)) {
                assertThat(System.nanoTime()).isLessThan(end);
                stat = fs.statfs(ino);
            }
        }
    }

    private void limit(long directory, long bytesMax, long inodesMax) throws Exception {
        quotas.set(directory, bytesMax, inodesMax);
        heard(directory == 0 ? ROOT : directory, bytesMax, inodesMax);
    }

    @Test
    void theVolumeIsCountedOnAllMounts() throws Exception {
        assertThat(quotas.used()).isEqualTo(new Used(0, 0));
        long f = file(a, ROOT, "f");
        write(a, f, 1000);
        long g = file(b, ROOT, "g");
        write(b, g, 500);
        directory(b, ROOT, "d");
        assertThat(quotas.used()).isEqualTo(new Used(1500, 3));
        a.link(g, ROOT, Name.of("h"), Caller.ROOT);
        write(b, f, 2000);
        assertThat(quotas.used()).isEqualTo(new Used(2500, 3));
        a.unlink(ROOT, Name.of("g"), Caller.ROOT);
        assertThat(quotas.used()).isEqualTo(new Used(2500, 3));
        a.unlink(ROOT, Name.of("h"), Caller.ROOT);
        b.rmdir(ROOT, Name.of("d"), Caller.ROOT);
        b.rename(ROOT, Name.of("f"), ROOT, Name.of("i"), 0, Caller.ROOT);
        assertThat(quotas.used()).isEqualTo(new Used(2000, 1));
        FsStat stat = a.statfs(ROOT);
        assertThat(stat.totalBytes() - stat.freeBytes()).isEqualTo(2000);
        assertThat(stat.totalInodes() - stat.freeInodes()).isEqualTo(1);
    }

    @Test
    void aDirectoryQuotaHoldsExactly() throws Exception {
        long d = directory(a, ROOT, "d");
        long sub = directory(a, d, "sub");
        write(a, file(a, sub, "old"), 300);
        limit(d, 1000, 5);
        assertThat(quotas.get(d)).isEqualTo(new Quotas.Quota(d, 1000, 5, new Used(300, 2)));
        long f = file(b, sub, "f");
        write(b, f, 700);
        fails(Errno.EDQUOT, () -> write(b, f, 701));
        write(b, f, 700);
        file(a, d, "x");
        file(b, d, "y");
        fails(Errno.EDQUOT, () -> file(a, d, "z"));
        fails(Errno.EDQUOT, () -> file(b, sub, "z"));
        FsStat stat = b.statfs(sub);
        assertThat(stat).isEqualTo(new FsStat(1000, 0, 5, 0));
        a.unlink(d, Name.of("x"), Caller.ROOT);
        file(b, d, "z");
        fails(Errno.EDQUOT, () -> b.rename(ROOT, Name.of("outside"), d, Name.of("z2"), 0, create("outside")));
        fails(Errno.EXDEV, () -> a.rename(d, Name.of("sub"), ROOT, Name.of("sub"), 0, Caller.ROOT));
        b.rename(d, Name.of("z"), ROOT, Name.of("z"), 0, Caller.ROOT);
        assertThat(quotas.check(d, false).isRight()).isTrue();
        assertThat(quotas.check(0, false).isRight()).isTrue();
        quotas.delete(d);
        assertThat(quotas.list()).isEmpty();
        write(a, f, 3000);
        assertThat(quotas.check(0, false).isRight()).isTrue();
    }

    @Test
    void theNamesOfAFileLieInOneQuota() throws Exception {
        long d = directory(a, ROOT, "d");
        limit(d, 10_000, 10);
        long f = file(a, d, "f");
        write(a, f, 700);
        fails(Errno.EXDEV, () -> b.link(f, ROOT, Name.of("outside"), Caller.ROOT));
        a.link(f, d, Name.of("again"), Caller.ROOT);
        fails(Errno.EXDEV, () -> a.link(f, ROOT, Name.of("outside"), Caller.ROOT));
        fails(Errno.EXDEV, () -> a.rename(d, Name.of("f"), ROOT, Name.of("outside"), 0, Caller.ROOT));
        a.unlink(d, Name.of("again"), Caller.ROOT);
        a.rename(d, Name.of("f"), ROOT, Name.of("outside"), 0, Caller.ROOT);
        assertThat(quotas.get(d)).isEqualTo(new Quotas.Quota(d, 10_000, 10, new Used(0, 0)));
        assertThat(quotas.check(d, false).isRight()).isTrue();
        assertThat(quotas.check(0, false).isRight()).isTrue();
    }

    private Caller create(String name) throws Exception {
        file(a, ROOT, name);
        return Caller.ROOT;
    }

    @Test
    void quotasNest() throws Exception {
        long outer = directory(a, ROOT, "outer");
        long inner = directory(a, outer, "inner");
        limit(inner, 0, 3);
        limit(outer, 0, 4);
        file(a, inner, "1");
        file(a, inner, "2");
        file(a, inner, "3");
        fails(Errno.EDQUOT, () -> file(a, inner, "4"));
        fails(Errno.EDQUOT, () -> file(a, outer, "5"));
        assertThat(quotas.check(outer, false)).isEqualTo(new Quotas.Checked(new Used(0, 4), new Used(0, 4), true));
        assertThat(quotas.check(inner, false)).isEqualTo(new Quotas.Checked(new Used(0, 3), new Used(0, 3), true));
        for (String name : List.of("1", "2", "3")) {
            a.unlink(inner, Name.of(name), Caller.ROOT);
        }
        a.rmdir(outer, Name.of("inner"), Caller.ROOT);
        assertThat(quotas.list()).hasSize(1);
        assertThat(quotas.check(outer, false)).isEqualTo(new Quotas.Checked(new Used(0, 0), new Used(0, 0), true));
    }

    @Test
    void aFullVolumeIsEnospc() throws Exception {
        write(b, file(b, ROOT, "f"), 900);
        limit(0, 1000, 0);
        long g = file(a, ROOT, "g");
        fails(Errno.ENOSPC, () -> write(a, g, 101));
        write(a, g, 100);
        assertThat(a.statfs(ROOT).freeBytes()).isZero();
        b.unlink(ROOT, Name.of("f"), Caller.ROOT);
        write(a, g, 200);
        assertThat(quotas.check(0, false).found()).isEqualTo(new Used(200, 1));
    }

    @Test
    void aQuotaSetOnABusyTreeIsCountedRight() throws Exception {
        long d = directory(a, ROOT, "d");
        List<Long> subs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            subs.add(directory(a, d, "s" + i));
            for (int j = 0; j < 20; j++) {
                file(a, subs.get(i), "f" + j);
            }
        }
        AtomicBoolean stop = new AtomicBoolean();
        Random random = new Random(7);
        Thread busy = Thread.ofPlatform().start(() -> {
            // Bursts with pauses that are long enough for a walk, as people work; a slow machine has the longer ones
            // for its walk.
            long pauseNanos = 400_000_000;
            for (int i = 0; !stop.get(); i++) {
                try {
                    long from = subs.get(random.nextInt(10));
                    long to = subs.get(random.nextInt(10));
                    b.rename(from, Name.of("f" + random.nextInt(20)), to, Name.of("m" + i), 0, Caller.ROOT);
                    file(b, to, "n" + i);
                } catch (Exception e) {
                    // There was no such file any more.
                }
                if (i % 20 == 19) {
                    LockSupport.parkNanos(pauseNanos);
                    pauseNanos *= 3;
                }
            }
        });
        try {
            quotas.set(d, 0, 1_000_000);
        } finally {
            stop.set(true);
            LockSupport.unpark(busy);
            busy.join();
        }
        Quotas.Checked checked = quotas.check(d, false);
        assertThat(checked.exact()).isTrue();
        assertThat(checked.recorded()).isEqualTo(checked.found());
        assertThat(quotas.check(0, false).isRight()).isTrue();
    }

    private Fsck fsck() {
        return new Fsck(a.client().reader().engine(), null, null, scratch);
    }

    private List<String> check() throws Exception {
        return fsck().check(seen -> {}).problems().stream()
                .filter(problem -> problem.kind() == Problem.Kind.COUNT)
                .map(Problem::line)
                .toList();
    }

    @Test
    void randomWorkIsCountedRight() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("usage: seed " + seed);
        Random random = new Random(seed);
        List<Long> directories = new ArrayList<>(List.of(ROOT));
        for (int i = 0; i < 4; i++) {
            directories.add(directory(a, directories.get(random.nextInt(directories.size())), "d" + i));
        }
        limit(directories.get(1), 20_000, 40);
        limit(directories.get(3), 10_000, 20);
        for (int i = 0; i < 300; i++) {
            MetaFs fs = random.nextBoolean() ? a : b;
            long from = directories.get(random.nextInt(directories.size()));
            long to = directories.get(random.nextInt(directories.size()));
            Name name = Name.of("f" + random.nextInt(6));
            Name other = Name.of("f" + random.nextInt(6));
            try {
                switch (random.nextInt(6)) {
                    case 0 -> file(fs, from, name.toString());
                    case 1 -> fs.unlink(from, name, Caller.ROOT);
                    case 2 -> fs.rename(from, name, to, other, random.nextInt(3), Caller.ROOT);
                    case 3 -> fs.link(fs.lookup(from, name).ino(), to, other, Caller.ROOT);
                    default -> write(fs, fs.lookup(from, name).ino(), random.nextInt(3000));
                }
            } catch (FsException e) {
                assertThat(e.errno())
                        .as("seed " + seed + ", step " + i)
                        .isIn(Errno.ENOENT, Errno.EEXIST, Errno.EDQUOT, Errno.EXDEV);
            }
        }
        a.link(file(a, directories.get(1), "linked"), directories.get(1), Name.of("again"), Caller.ROOT);
        assertThat(check()).as("seed " + seed).isEmpty();
        a.client().transactions().run(tx -> {
            tx.merge(Keys.usage(directories.get(3), 0), new Cell(new long[] {5, -1}, new long[0]));
            return true;
        });
        assertThat(check()).singleElement().asString().contains("quota of directory " + directories.get(3));
        fsck().repair(a.client().transactions(), seen -> {});
        assertThat(check()).isEmpty();
        for (long root : new long[] {0, directories.get(1), directories.get(3)}) {
            Quotas.Checked checked = quotas.check(root, false);
            assertThat(checked.recorded()).as("seed " + seed).isEqualTo(checked.found());
        }
    }
}

package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Several clients at once. */
interface CoherenceContract extends FsVolume {

    @Test
    default void whatOneClientDoesTheOtherSeesAtOnce() throws Exception {
        VolumeFs other = mount(MountSpec.of("other"));
        long d = directory("d");
        other.create(d, name("f"), NewNode.file(0644, 0), Caller.ROOT);
        fails(Errno.EEXIST, () -> file(d, "f"));
        fs().unlink(d, name("f"), Caller.ROOT);
        fails(Errno.ENOENT, () -> other.lookup(d, name("f")));
        other.rmdir(MetaFs.ROOT, name("d"), Caller.ROOT);
        fails(Errno.ENOENT, () -> file(d, "late"));
        long e = directory("e");
        other.create(e, name("warm"), NewNode.file(0644, 0), Caller.ROOT);
        fs().setattr(e, new SetAttr(02777, null, 55, null, null, null, false), Caller.ROOT);
        // The other client remembers the directory as it was, and must not act on that.
        assertThat(other.create(e, name("f"), NewNode.file(0644, 0), ALICE)
                        .attr()
                        .gid())
                .isEqualTo(55);
    }

    @Test
    default void anOpenSeesWhatWasAcknowledgedJustNow() throws Exception {
        VolumeFs remembering = mount(MountSpec.of("remembering").remembering());
        long d = directory("d");
        long f = file(d, "f");
        assertThat(remembering.lookup(d, name("f")).ino()).isEqualTo(f);
        for (int round = 0; round < 100 * effort(); round++) {
            // Now and then all is heard of, and the open is answered from memory.
            if (round % 4 == 0) {
                remembering.view(f);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                remembering.view(f);
            }
            VolumeFs writer = round % 3 == 0 ? remembering : fs();
            int mode = 0600 | round % 64;
            writer.setattr(f, new SetAttr(mode, null, null, null, null, null, false), Caller.ROOT);
            assertThat(remembering.view(f).attr().mode() & 07777).isEqualTo(mode);
        }
    }

    @Test
    default void creationsInOneDirectoryDoNotGetLost() throws Exception {
        long d = directory("d");
        List<VolumeFs> mounts = List.of(fs(), mount(MountSpec.of("b")), mount(MountSpec.of("c")));
        int each = (int) (50 * effort());
        FsThreads.run(6, thread -> {
            VolumeFs fs = mounts.get(thread % mounts.size());
            for (int i = 0; i < each; i++) {
                Name name = name("t" + thread + "-" + i);
                NewNode node = i % 5 == 0 ? NewNode.directory(0755, 0) : NewNode.file(0644, 0);
                fs.create(d, name, node, Caller.ROOT);
                if (i % 10 == 3) {
                    fs.unlink(d, name, Caller.ROOT);
                }
            }
        });
        List<DirEntry> entries = FsVolume.list(fs(), d, 17, true);
        long directories = entries.stream()
                .filter(entry -> entry.type() == FileType.DIRECTORY)
                .count();
        assertThat(entries).hasSize(6 * (each - (each + 6) / 10));
        assertThat(fs().getattr(d).nlink()).isEqualTo(2 + directories);
        assertThat(entries.stream().map(DirEntry::ino).distinct()).hasSize(entries.size());
    }

    @Test
    default void oneOfManyMakesAName() throws Exception {
        List<VolumeFs> mounts = List.of(fs(), mount(MountSpec.of("b")));
        for (int round = 0; round < 20 * effort(); round++) {
            Name name = name("n" + round);
            AtomicInteger made = new AtomicInteger();
            FsThreads.run(4, thread -> {
                try {
                    mounts.get(thread % 2).create(MetaFs.ROOT, name, NewNode.file(0644, 0), Caller.ROOT);
                    made.incrementAndGet();
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(Errno.EEXIST);
                }
            });
            assertThat(made).hasValue(1);
        }
    }

    @Test
    default void nothingIsMadeInARemovedDirectory() throws Exception {
        VolumeFs other = mount(MountSpec.of("other"));
        int removed = 0;
        int kept = 0;
        for (int round = 0; round < 40 * effort(); round++) {
            Name name = name("d" + round);
            long d = fs().create(MetaFs.ROOT, name, NewNode.directory(0755, 0), Caller.ROOT)
                    .ino();
            List<Boolean> done = new ArrayList<>(List.of(false, false));
            FsThreads.run(2, thread -> {
                try {
                    if (thread == 0) {
                        fs().rmdir(MetaFs.ROOT, name, Caller.ROOT);
                    } else {
                        other.create(d, name("f"), NewNode.file(0644, 0), Caller.ROOT);
                    }
                    done.set(thread, true);
                } catch (FsException e) {
                    assertThat(e.errno()).isEqualTo(thread == 0 ? Errno.ENOTEMPTY : Errno.ENOENT);
                }
            });
            assertThat(done.get(0)).isNotEqualTo(done.get(1));
            if (done.get(0)) {
                removed++;
            } else {
                kept++;
            }
        }
        assertThat(removed + kept).isPositive();
        assertThat(fs().getattr(MetaFs.ROOT).nlink()).isEqualTo(2 + kept);
    }

    @Test
    default void attributesOfOneInodeChangeOneAfterTheOther() throws Exception {
        VolumeFs other = mount(MountSpec.of("other"));
        long f = file("f");
        int each = (int) (30 * effort());
        FsThreads.run(4, thread -> {
            VolumeFs fs = thread % 2 == 0 ? fs() : other;
            for (int i = 0; i < each; i++) {
                dev.leat.meta.engine.Bytes name = dev.leat.meta.engine.Bytes.of("user.t" + thread + "." + i);
                fs.setxattr(f, name, dev.leat.meta.engine.Bytes.EMPTY, 0, Caller.ROOT);
            }
        });
        assertThat(fs().listxattr(f)).hasSize(4 * each);
    }

    @Test
    default void concurrentMovesNeverMakeACycle() throws Exception {
        List<VolumeFs> mounts = List.of(fs(), mount(MountSpec.of("b")), mount(MountSpec.of("c")));
        int count = 5;
        List<Long> inos = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            inos.add(directory("d" + i));
        }
        AtomicInteger moved = new AtomicInteger();
        int rounds = (int) (40 * effort());
        FsThreads.run(mounts.size(), thread -> {
            VolumeFs fs = mounts.get(thread);
            java.util.Random random = new java.util.Random(thread);
            for (int i = 0; i < rounds; i++) {
                int from = random.nextInt(count);
                long to = random.nextInt(4) == 0 ? MetaFs.ROOT : inos.get(random.nextInt(count));
                long above = fs.parent(inos.get(from));
                try {
                    fs.rename(above, name("d" + from), to, name("d" + from), 0, Caller.ROOT);
                    moved.incrementAndGet();
                } catch (FsException e) {
                    assertThat(e.errno()).isIn(Errno.EINVAL, Errno.ENOENT, Errno.ENOTEMPTY);
                }
            }
        });
        assertThat(moved.get()).isPositive();
        Set<Long> reached = new TreeSet<>();
        walk(MetaFs.ROOT, reached);
        assertThat(reached).containsExactlyInAnyOrderElementsOf(inos);
    }

    /** Adds all directories below one, and checks that its link count and their parents are right. */
    default void walk(long directory, Set<Long> reached) throws FsException {
        long subdirectories = 0;
        for (DirEntry entry : FsVolume.list(fs(), directory, 100, true)) {
            if (entry.type() == FileType.DIRECTORY) {
                subdirectories++;
                assertThat(reached.add(entry.ino())).isTrue();
                assertThat(fs().parent(entry.ino())).isEqualTo(directory);
                walk(entry.ino(), reached);
            }
        }
        assertThat(fs().getattr(directory).nlink()).isEqualTo(2 + subdirectories);
    }
}

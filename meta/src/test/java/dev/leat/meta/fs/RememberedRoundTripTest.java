package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.fails;
import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import dev.leat.testing.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a mount that remembers asks of the engine, and what it must ask again. */
class RememberedRoundTripTest {
    private static final Bytes XATTR = Bytes.of("user.a");

    private final MemoryVolume volume = new MemoryVolume();
    private final FaultyEngine engine = new FaultyEngine(new MemoryEngine(volume), 1, FaultyEngine.Faults.NONE);
    private VolumeFs fs;
    private VolumeFs other;
    private long dir;

    @BeforeEach
    void mount() throws Exception {
        MemoryEngine direct = new MemoryEngine(volume);
        Volumes.format(direct, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        fs = VolumeFs.mount(engine, MountSpec.of("counted").remembering());
        other = VolumeFs.mount(direct, MountSpec.of("other"));
        awaitFresh();
        dir = directory(fs, MetaFs.ROOT, "dir");
        // What a mount asks for once: limits, and for how long removed files are kept.
        file(fs, "first");
        fs.unlink(dir, name("first"), Caller.ROOT);
    }

    @AfterEach
    void unmount() {
        other.close();
        fs.close();
    }

    private interface Step {
        void run() throws Exception;
    }

    private void awaitFresh() throws Exception {
        Await.until("the feed is fresh", () -> fs.feedFresh());
    }

    private long cost(Step step) throws Exception {
        long before = engine.requests();
        step.run();
        return engine.requests() - before;
    }

    /** Returns when all that the other client did until now is heard of: the feed is in order, and what is in a directory made here is only known by it. */
    private void hearAll() throws Exception {
        long heard = directory(fs, MetaFs.ROOT, "heard" + System.nanoTime());
        other.create(heard, name("f"), NewNode.file(0644, 0), Caller.ROOT);
        Await.until("all is heard of", () -> has(fs, heard, "f"));
    }

    private static long directory(MetaFs by, long parent, String name) throws FsException {
        return by.create(parent, name(name), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
    }

    private long file(MetaFs by, String name) throws FsException {
        return by.create(dir, name(name), NewNode.file(0644, 0), Caller.ROOT).ino();
    }

    private boolean has(MetaFs by, long parent, String name) throws FsException {
        try {
            by.lookup(parent, name(name));
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return false;
        }
    }

    @Test
    void aNewFileCostsItsCommit() throws Exception {
        long[] ino = {0};
        assertThat(cost(() -> {
                    assertThat(has(fs, dir, "new")).isFalse();
                    FileView made = fs.createOpen(dir, name("new"), NewNode.file(0644, 0), Caller.ROOT);
                    ino[0] = made.attr().ino();
                    fs.closed(ino[0]);
                    assertThat(fs.getattr(dir).mtime()).isEqualTo(made.attr().mtime());
                    assertThat(has(fs, dir, "new")).isTrue();
                    assertThat(fs.getattr(ino[0])).isEqualTo(made.attr());
                    fails(Errno.ENODATA, () -> fs.getxattr(ino[0], XATTR));
                    assertThat(fs.listxattr(ino[0])).isEmpty();
                }))
                .isEqualTo(1);
        assertThat(cost(() -> {
                    assertThat(has(fs, dir, "b")).isFalse();
                    fs.rename(dir, name("new"), dir, name("b"), 0, Caller.ROOT);
                    assertThat(fs.lookup(dir, name("b")).ino()).isEqualTo(ino[0]);
                    fs.getattr(dir);
                }))
                .isEqualTo(1);
        assertThat(cost(() -> {
                    fs.unlink(dir, name("b"), Caller.ROOT);
                    fs.getattr(dir);
                }))
                .isEqualTo(1);
        assertThat(has(fs, dir, "b")).isFalse();
        assertThat(has(fs, dir, "new")).isFalse();
    }

    @Test
    void anOpenCostsNothingWhenAllIsHeardOf() throws Exception {
        long f = file(fs, "f");
        fs.closed(f);
        Await.until("all is heard of", () -> cost(() -> fs.view(f)) == 0);
        other.setattr(f, new SetAttr(0600, null, null, null, null, null, false), Caller.ROOT);
        assertThat(fs.view(f).attr().mode() & 07777).isEqualTo(0600);
        Await.until("all is heard of again", () -> cost(() -> fs.view(f)) == 0);
        assertThat(fs.view(f).attr().mode() & 07777).isEqualTo(0600);
    }

    @Test
    void theAttributesOfADirectoryAreThoseOfTheEngine() throws Exception {
        for (int i = 0; i < 5; i++) {
            directory(fs, dir, "d" + i);
            file(fs, "f" + i);
        }
        fs.rmdir(dir, name("d0"), Caller.ROOT);
        fs.rename(dir, name("d1"), MetaFs.ROOT, name("moved"), 0, Caller.ROOT);
        long mine = directory(fs, dir, "mine");
        fs.rename(dir, name("mine"), MetaFs.ROOT, name("mine"), 0, Caller.ROOT);
        for (long ino : List.of(dir, mine)) {
            assertThat(cost(() -> assertThat(fs.getattr(ino)).isEqualTo(other.getattr(ino))))
                    .isEqualTo(0);
        }
        fs.setattr(dir, new SetAttr(0700, null, null, null, new Time(5, 5), new Time(6, 6), false), Caller.ROOT);
        assertThat(fs.getattr(dir)).isEqualTo(other.getattr(dir));
        file(fs, "more");
        assertThat(fs.getattr(dir)).isEqualTo(other.getattr(dir));
    }

    @Test
    void whatOthersDoInADirectoryMadeHereIsHeardOf() throws Exception {
        assertThat(has(fs, dir, "theirs")).isFalse();
        other.create(dir, name("theirs"), NewNode.file(0644, 0), Caller.ROOT);
        Await.until("the name is seen", () -> has(fs, dir, "theirs"));
        assertThat(fs.getattr(dir)).isEqualTo(other.getattr(dir));
        long ino = fs.lookup(dir, name("theirs")).ino();
        other.setxattr(ino, XATTR, Bytes.of("v"), 0, Caller.ROOT);
        Await.until("the attribute is seen", () -> fs.listxattr(ino).contains(XATTR));
        other.setattr(ino, FsVolume.mode(0600), Caller.ROOT);
        Await.until("the mode is seen", () -> fs.getattr(ino).mode() == 0600);
        other.unlink(dir, name("theirs"), Caller.ROOT);
        Await.until("the name is gone", () -> !has(fs, dir, "theirs"));
    }

    @Test
    void aListingTellsTheRest() throws Exception {
        long[] inos = new long[50];
        for (int i = 0; i < inos.length; i++) {
            inos[i] = file(other, "f" + i);
        }
        Await.until(
                "all are heard of",
                () -> fs.getattr(dir).mtime().equals(other.getattr(dir).mtime()));
        assertThat(cost(() -> {
                    assertThat(fs.readdir(dir, null, 1000, true)).hasSize(inos.length);
                    for (int i = 0; i < inos.length; i++) {
                        long ino = inos[i];
                        fails(Errno.ENODATA, () -> fs.getxattr(ino, XATTR));
                        fs.listxattr(ino);
                        fs.getattr(ino);
                        assertThat(fs.lookup(dir, name("f" + i)).ino()).isEqualTo(ino);
                    }
                }))
                .as("a page, and what shares a stripe with the last changes heard of; far from one for each file")
                .isBetween(1L, inos.length / 2L);
    }

    @Test
    void namesInARowAreReadAhead() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            names.add("%05d".formatted(i));
        }
        for (String name : names) {
            file(other, name);
        }
        assertThat(cost(() -> {
                    for (String name : names) {
                        fs.lookup(dir, name(name));
                    }
                }))
                .isLessThan(40);
    }

    @Test
    void namesHereAndThereCostNothingExtra() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            names.add("%05d".formatted(i));
        }
        for (String name : names) {
            file(other, name);
        }
        Collections.shuffle(names, new Random(3));
        assertThat(cost(() -> {
                    for (String name : names.subList(0, 100)) {
                        fs.lookup(dir, name(name));
                    }
                }))
                .isBetween(80L, 115L);
    }

    @Test
    void directoriesOfOthersAreWatchedOnceTheyWereRead() throws Exception {
        long theirs = directory(other, MetaFs.ROOT, "theirs");
        for (int i = 0; i < 1_500; i++) {
            other.create(theirs, name("f" + i), NewNode.file(0644, 0), Caller.ROOT);
        }
        hearAll();
        for (int i = 0; i < 10; i++) {
            assertThat(has(fs, theirs, "absent" + i)).isFalse();
        }
        fs.getattr(theirs);
        assertThat(cost(() -> {
                    assertThat(has(fs, theirs, "g")).isFalse();
                    fs.rename(theirs, name("f7"), theirs, name("g"), 0, Caller.ROOT);
                    assertThat(fs.getattr(theirs)).isEqualTo(other.getattr(theirs));
                    assertThat(has(fs, theirs, "g")).isTrue();
                    assertThat(has(fs, theirs, "h")).isFalse();
                }))
                .as("a commit, and what shares a stripe with the last changes heard of")
                .isBetween(1L, 4L);
        other.create(theirs, name("h"), NewNode.directory(0755, 0), Caller.ROOT);
        Await.until("the name is seen", () -> has(fs, theirs, "h"));
        assertThat(fs.getattr(theirs)).isEqualTo(other.getattr(theirs));
    }

    @Test
    void countersReadWhileACommitIsUnderWayAreNotKept() throws Exception {
        long theirs = directory(other, MetaFs.ROOT, "theirs");
        FsThreads.run(4, thread -> {
            for (int i = 0; i < 300; i++) {
                if (thread == 0) {
                    fs.getattr(theirs);
                    has(fs, theirs, "absent" + i);
                    other.setattr(theirs, FsVolume.mode(0700 + i % 8), Caller.ROOT);
                } else {
                    Name name = name("d" + thread + "-" + i);
                    fs.create(theirs, name, NewNode.directory(0755, 0), Caller.ROOT);
                    assertThat(has(fs, theirs, name.toString())).isTrue();
                }
            }
        });
        Await.until("the last mode is heard of", () -> fs.getattr(theirs).equals(other.getattr(theirs)));
        assertThat(fs.getattr(theirs).nlink()).isEqualTo(2 + 900);
        fs.create(theirs, name("last"), NewNode.directory(0755, 0), Caller.ROOT);
        assertThat(fs.getattr(theirs).nlink()).isEqualTo(2 + 901);
    }

    @Test
    void aListingThatAChangeOvertookIsNotKept() throws Exception {
        long ino = file(fs, "f");
        for (int round = 0; round < 200; round++) {
            int mode = 0400 + round;
            FsThreads.run(3, thread -> {
                if (thread == 0) {
                    fs.setattr(ino, FsVolume.mode(mode), Caller.ROOT);
                } else {
                    fs.readdir(dir, null, 1000, true);
                    fs.lookup(dir, name("f"));
                }
            });
            assertThat(fs.getattr(ino).mode()).isEqualTo(mode);
        }
    }

    @Test
    void nothingIsToldFromMemoryWhileTheFeedIsLost() throws Exception {
        long ino = file(fs, "f");
        assertThat(cost(() -> fs.getattr(ino))).isEqualTo(0);
        engine.cutFeed(true);
        Await.until("the silence is noticed", () -> !fs.feedFresh());
        assertThat(cost(() -> {
                    fs.getattr(ino);
                    fs.lookup(dir, name("f"));
                    assertThat(has(fs, dir, "none")).isFalse();
                }))
                .isEqualTo(3);
        engine.cutFeed(false);
        awaitFresh();
        assertThat(cost(() -> fs.getattr(ino))).isEqualTo(0);
    }
}

package dev.leat.meta.fs;

import static dev.leat.meta.fs.FsVolume.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.FaultyEngine;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each operation asks of the engine: on a server far away that is what it costs. */
class RoundTripTest {
    private final MemoryVolume volume = new MemoryVolume();
    private final FaultyEngine engine = new FaultyEngine(new MemoryEngine(volume), 1, FaultyEngine.Faults.NONE);
    private VolumeFs fs;
    private VolumeFs other;
    private long dir;

    @BeforeEach
    void mount() throws Exception {
        MemoryEngine direct = new MemoryEngine(volume);
        Volumes.format(direct, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        fs = VolumeFs.mount(engine, MountSpec.of("counted"));
        other = VolumeFs.mount(direct, MountSpec.of("other"));
        // With its first page the feed makes a client forget what it remembers.
        while (!fs.feedFresh()) {
            Thread.onSpinWait();
        }
        dir = fs.create(MetaFs.ROOT, name("dir"), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
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
        void run() throws FsException;
    }

    private long cost(Step step) throws FsException {
        long before = engine.requests();
        step.run();
        return engine.requests() - before;
    }

    private Entry file(MetaFs by, String name) throws FsException {
        return by.create(dir, name(name), NewNode.file(0644, 0), Caller.ROOT);
    }

    @Test
    void makingAndOpeningAFile() throws Exception {
        assertThat(cost(() -> {
                    FileView made = fs.createOpen(dir, name("new"), NewNode.file(0644, 0), Caller.ROOT);
                    fs.closed(made.attr().ino());
                }))
                .isEqualTo(1);
    }

    @Test
    void whatWasMadeHere() throws Exception {
        long ino = file(fs, "a").ino();
        assertThat(cost(() -> fs.rename(dir, name("a"), dir, name("b"), 0, Caller.ROOT)))
                .isEqualTo(1);
        SetAttr mode = new SetAttr(0600, null, null, null, null, null, false);
        assertThat(cost(() -> fs.setattr(ino, mode, Caller.ROOT))).isEqualTo(1);
        assertThat(cost(() -> fs.unlink(dir, name("b"), Caller.ROOT))).isEqualTo(1);
    }

    @Test
    void attributes() throws Exception {
        long ino = file(fs, "a").ino();
        assertThat(cost(() -> fs.getattr(ino))).isEqualTo(1);
        assertThat(cost(() -> assertThat(fs.getattr(dir).ino()).isEqualTo(dir))).isEqualTo(1);
    }

    @Test
    void whatWasLookedUp() throws Exception {
        file(other, "theirs");
        assertThat(cost(() -> fs.lookup(dir, name("theirs")))).isEqualTo(1);
        assertThat(cost(() -> fs.unlink(dir, name("theirs"), Caller.ROOT))).isEqualTo(1);
    }

    @Test
    void whatOthersChangedMeanwhileIsDecidedAnew() throws Exception {
        file(fs, "a");
        file(fs, "b");
        other.unlink(dir, name("a"), Caller.ROOT);
        FsVolume.fails(Errno.ENOENT, () -> fs.unlink(dir, name("a"), Caller.ROOT));
        long theirs = file(other, "c").ino();
        fs.rename(dir, name("b"), dir, name("c"), 0, Caller.ROOT);
        FsVolume.fails(Errno.ESTALE, () -> {
            if (fs.getattr(theirs).nlink() == 0) {
                throw new FsException(Errno.ESTALE);
            }
        });
    }

    @Test
    void nothingIsDoneForNothingOnWhatIsRemembered() throws Exception {
        long ino = file(fs, "a").ino();
        fs.link(ino, dir, name("b"), Caller.ROOT);
        fs.lookup(dir, name("a"));
        fs.lookup(dir, name("b"));
        // As this client remembers them they are two names of one file, which rename leaves alone.
        other.unlink(dir, name("b"), Caller.ROOT);
        file(other, "b");
        fs.rename(dir, name("a"), dir, name("b"), 0, Caller.ROOT);
        assertThat(other.lookup(dir, name("b")).ino()).isEqualTo(ino);
        FsVolume.fails(Errno.ENOENT, () -> other.lookup(dir, name("a")));
    }
}

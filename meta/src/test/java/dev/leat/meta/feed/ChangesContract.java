package dev.leat.meta.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one mount hears of another one's changes, on every engine. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
abstract class ChangesContract {
    private static final long ROOT = MetaFs.ROOT;
    private static final SetAttr CHMOD = new SetAttr(0600, null, null, null, null, null, false);

    private final List<AutoCloseable> open = new ArrayList<>();
    private GatedEngine gate;
    private VolumeFs here;
    private VolumeFs there;
    private Heard heard;

    /** Connects one more client to the volume of this test. */
    abstract MetaEngine connect() throws Exception;

    @BeforeEach
    final void mountTwice() throws Exception {
        gate = new GatedEngine(connect());
        open.add(gate);
        Volumes.format(gate, VolumeRecord.create("test", "file:///nowhere", Map.of(), 0, 1, "test"));
        here = mount(gate, MountSpec.of("here"));
        MetaEngine other = connect();
        open.add(other);
        there = mount(other, MountSpec.of("there"));
        heard = new Heard();
        here.listen(heard);
        heard.await("fresh");
        heard.clear();
    }

    private VolumeFs mount(MetaEngine engine, MountSpec spec) throws Exception {
        VolumeFs fs = VolumeFs.mount(engine, spec);
        open.add(fs);
        return fs;
    }

    @AfterEach
    final void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private static Name name(String text) throws Exception {
        return Name.of(text);
    }

    private Entry file(String name) throws Exception {
        return there.create(ROOT, name(name), NewNode.file(0644, 0), Caller.ROOT);
    }

    @Test
    void everyChangeOfOthersIsTold() throws Exception {
        long ino = file("f").ino();
        heard.await("entry 1/f", "inode 1");
        assertThat(here.lookup(ROOT, name("f")).ino()).isEqualTo(ino);
        heard.clear();
        there.setattr(ino, CHMOD, Caller.ROOT);
        heard.await("entry 1/f", "inode " + ino);
        heard.clear();
        there.setxattr(ino, Bytes.of("user.a"), Bytes.of("x".repeat(5000)), 0, Caller.ROOT);
        heard.await("inode " + ino);
        heard.clear();
        there.rename(ROOT, name("f"), ROOT, name("g"), 0, Caller.ROOT);
        heard.await("entry 1/f", "entry 1/g", "inode " + ino, "inode 1");
        heard.clear();
        there.link(ino, ROOT, name("h"), Caller.ROOT);
        heard.await("entry 1/g", "entry 1/h", "inode " + ino);
        heard.clear();
        there.unlink(ROOT, name("h"), Caller.ROOT);
        heard.await("entry 1/h", "inode " + ino);
        heard.clear();
        long d = there.create(ROOT, name("d"), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
        there.setattr(d, CHMOD, Caller.ROOT);
        heard.await("entry 1/d", "inode " + d);
        heard.clear();
        there.rmdir(ROOT, name("d"), Caller.ROOT);
        heard.await("entry 1/d", "inode " + d);
        boolean trusted = !heard.all().contains("reset") && here.feedFresh();
        assertThat(trusted || gate.silenceMaxNanos() > 1_000_000_000L).isTrue();
    }

    @Test
    void whatThisMountDoesIsNotTold() throws Exception {
        long ino = here.create(ROOT, name("own"), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
        here.setattr(ino, CHMOD, Caller.ROOT);
        there.setlk(ino, new FileLock(FileLock.Kind.FLOCK, 1, 1, FileLock.Mode.SHARED, 0, Long.MAX_VALUE));
        file("last");
        assertThat(heard.await("entry 1/last", "inode 1")).doesNotContain("entry 1/own", "inode " + ino);
    }

    @Test
    void aSubdirectoryIsTheRootOfItsMount() throws Exception {
        long d = there.create(ROOT, name("d"), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
        VolumeFs sub = mount(gate, MountSpec.of("sub").withSubdir("d"));
        Heard inside = new Heard();
        sub.listen(inside);
        inside.await("fresh");
        there.create(d, name("f"), NewNode.file(0644, 0), Caller.ROOT);
        inside.await("entry 1/f", "inode 1");
    }

    @Test
    void silenceMakesItStaleAndNothingIsMissedAfterwards() throws Exception {
        gate.cut(true);
        heard.await("reset");
        assertThat(here.feedFresh()).isFalse();
        heard.clear();
        for (int i = 0; i < 3; i++) {
            file("missed" + i);
        }
        gate.cut(false);
        List<String> events = heard.await("fresh");
        assertThat(events).contains("entry 1/missed0", "entry 1/missed1", "entry 1/missed2");
        assertThat(events.getLast()).isEqualTo("fresh");
        assertThat(here.feedFresh()).isTrue();
    }

    @Test
    void changesAreHeardSoon() throws Exception {
        int rounds = 30;
        long[] micros = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            file("n" + i);
            long began = System.nanoTime();
            heard.await("entry 1/n" + i);
            micros[i] = (System.nanoTime() - began) / 1_000;
        }
        Arrays.sort(micros);
        System.out.println(getClass().getSimpleName() + ": a change is heard after " + micros[rounds / 2]
                + " us (median), at most " + micros[rounds - 1] + " us");
        assertThat(micros[rounds / 2]).isLessThan(1_000_000);
    }
}

package dev.leat.cli.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cli.CliException;
import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Removal of trees, alone and beside others who change them. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
class TreeRemovalTest {
    private static final Map<String, Object> FIVE = Map.of("threads", 5L);

    @TempDir
    Path folder;

    private MetaEngine engine;
    private VolumeFs fs;

    @BeforeEach
    void mount() throws Exception {
        engine = MetaEngines.open(MetaUrl.parse("sqlite://" + folder.resolve("v.db")), OpenMode.CREATE);
        Volumes.format(engine, VolumeRecord.create("v", "file:///none", Map.of(), 0, 1, "test"));
        fs = VolumeFs.mount(engine, MountSpec.of("test"));
    }

    @AfterEach
    void close() {
        fs.close();
        engine.close();
    }

    private long directory(long parent, String name) throws IOException {
        return fs.create(parent, Name.of(name), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
    }

    private long file(long parent, String name) throws IOException {
        return fs.create(parent, Name.of(name), NewNode.file(0644, 0), Caller.ROOT)
                .ino();
    }

    /** A tree of 40 directories in a chain and beside each other, with 1,200 files. */
    private long tree(String name) throws IOException {
        long top = directory(MetaFs.ROOT, name);
        long at = top;
        for (int i = 0; i < 20; i++) {
            long beside = directory(top, "d" + i);
            at = directory(at, "down");
            for (int j = 0; j < 30; j++) {
                file(at, "f" + j);
                file(beside, "f" + j);
            }
        }
        return top;
    }

    @Test
    void aTreeGoesWhole() throws Exception {
        long top = tree("t");
        long linked = file(top, "linked");
        fs.link(linked, MetaFs.ROOT, Name.of("outside"), Caller.ROOT);
        List<Long> told = new ArrayList<>();
        Map<String, ?> facts =
                TreeRemoval.run(fs, MetaFs.ROOT, Name.of("t"), Caller.ROOT, FIVE, _ -> {}, ino -> told.add(ino));
        assertThat(facts).isEqualTo(Map.of("files", 1201L, "directories", 41L, "bytes", 0L));
        assertThat(told).containsExactly(linked);
        assertThat(fs.getattr(linked).nlink()).isEqualTo(1);
        assertThat(fs.readdir(MetaFs.ROOT, null, 10, false)).hasSize(1);
        assertThat(fs.quotas().check(0, false).isRight()).isTrue();
        assertThatThrownBy(() -> TreeRemoval.run(fs, MetaFs.ROOT, Name.of("t"), Caller.ROOT, FIVE, _ -> {}, _ -> {}))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void whatIsMadeMeanwhileStaysAndIsTold() throws Exception {
        long top = tree("t");
        AtomicBoolean removed = new AtomicBoolean();
        long deep = fs.lookup(top, Name.of("d3")).ino();
        Thread maker = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; !removed.get(); i++) {
                    file(deep, "new" + i);
                }
            } catch (IOException e) {
                // Its directory is gone: it lost the race.
            }
        });
        boolean whole = true;
        try {
            TreeRemoval.run(fs, MetaFs.ROOT, Name.of("t"), Caller.ROOT, FIVE, _ -> {}, _ -> {});
        } catch (CliException e) {
            whole = false;
            assertThat(e).hasMessageContaining("t/d3 is not empty");
        } finally {
            removed.set(true);
            maker.join();
        }
        // Either all of it is gone, or nothing but what is above the new files is left.
        if (whole) {
            assertThat(fs.readdir(MetaFs.ROOT, null, 10, false)).isEmpty();
        } else {
            assertThat(fs.readdir(top, null, 10, false)).hasSize(1);
            assertThat(fs.readdir(deep, null, 10, false))
                    .allMatch(entry -> entry.name().toString().startsWith("new"));
        }
        assertThat(fs.quotas().check(0, false).isRight()).isTrue();
    }

    /** One thread removes the files of a directory before it looks into what lies below. */
    @Test
    void whatOthersRemoveMeanwhileIsNotMissed() throws Exception {
        try (VolumeFs other = VolumeFs.mount(engine, MountSpec.of("other"))) {
            Name below = Name.of("below");
            long top = directory(MetaFs.ROOT, "t");
            other.create(top, below, NewNode.directory(0755, 0), Caller.ROOT);
            fs.link(file(top, "linked"), MetaFs.ROOT, Name.of("outside"), Caller.ROOT);
            List<IOException> failures = new ArrayList<>();
            LongConsumer removeBelow = _ -> {
                try {
                    other.rmdir(top, below, Caller.ROOT);
                } catch (IOException e) {
                    failures.add(e);
                }
            };
            Map<String, Object> oneThread = Map.of("threads", 1L);
            assertThat(TreeRemoval.run(fs, MetaFs.ROOT, Name.of("t"), Caller.ROOT, oneThread, _ -> {}, removeBelow))
                    .isEqualTo(Map.of("files", 1L, "directories", 1L, "bytes", 0L));
            assertThat(failures).isEmpty();
            assertThat(fs.readdir(MetaFs.ROOT, null, 10, false)).hasSize(1);
        }
    }

    @Test
    void itEndsWhenNobodyWaitsForItAnyMore() throws Exception {
        tree("t");
        assertThatThrownBy(() -> TreeRemoval.run(
                        fs,
                        MetaFs.ROOT,
                        Name.of("t"),
                        Caller.ROOT,
                        Map.of("threads", 1L),
                        _ -> {
                            throw new IOException("the caller is gone");
                        },
                        _ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage("the caller is gone");
        assertThat(fs.quotas().check(0, false).isRight()).isTrue();
    }

    @Test
    void pathsAreReadFromTheRoot() throws Exception {
        tree("t");
        assertThat(VolumePath.parse("//t/./d1/").toString()).isEqualTo("/t/d1");
        assertThat(VolumePath.parse("/t/d1/f2").in(fs, MetaFs.ROOT).attr().nlink())
                .isEqualTo(1);
        assertThat(VolumePath.parse("t").above().names()).isEmpty();
        assertThatThrownBy(() -> VolumePath.parse("/t/nothing/f").in(fs, MetaFs.ROOT))
                .isInstanceOf(CliException.class)
                .hasMessage("there is no /t/nothing/f in this volume");
        assertThatThrownBy(() -> VolumePath.parse("/t/d1/f2").directoryIn(fs, MetaFs.ROOT))
                .hasMessage("/t/d1/f2 is no directory");
        assertThatThrownBy(() -> VolumePath.parse("/t/../x")).isInstanceOf(CliException.class);
        assertThatThrownBy(() -> VolumePath.parse("/").last()).isInstanceOf(CliException.class);
    }
}

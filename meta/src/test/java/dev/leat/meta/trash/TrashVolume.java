package dev.leat.meta.trash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.fsck.Fsck;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.sys.Errno;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A volume with a trash, two mounts of it, and a clock that stands still; after each test the volume must be sound. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
abstract class TrashVolume {
    static final long ROOT = MetaFs.ROOT;
    static final Instant NOON = Instant.parse("2026-11-21T12:10:00Z");
    static final String BUCKET = "2026-11-21-12";
    static final Caller ALICE = Caller.of(1001, 1001, 1);

    @TempDir
    Path scratch;

    final List<AutoCloseable> open = new ArrayList<>();
    final Ticker clock = new Ticker();
    MetaEngine engine;
    VolumeFs a;
    VolumeFs b;

    /** Connects one more client to the volume of this test. */
    abstract MetaEngine connect() throws Exception;

    /** Stands still until it is told that time passes. */
    static final class Ticker extends Clock {
        private final AtomicLong millis = new AtomicLong(NOON.toEpochMilli());

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis.get());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        void pass(Duration time) {
            millis.addAndGet(time.toMillis());
        }
    }

    @BeforeEach
    final void mountTwice() throws Exception {
        engine = keep(connect());
        Volumes.format(engine, VolumeRecord.create("test", "file:///nowhere", Map.of(), 1, 1, "test"));
        a = mount(keep(connect()));
        b = mount(keep(connect()));
    }

    <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    VolumeFs mount(MetaEngine over) throws Exception {
        return keep(VolumeFs.mount(over, MountSpec.of("test").withClock(clock)));
    }

    @AfterEach
    final void checkAndClose() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            if (one.equals(engine)) {
                assertThat(new Fsck(engine, null, null, scratch)
                                .check(seen -> {})
                                .problems())
                        .isEmpty();
            }
            one.close();
        }
    }

    static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    static long file(MetaFs fs, long parent, String name) throws Exception {
        return fs.create(parent, name(name), NewNode.file(0644, 0), Caller.ROOT).ino();
    }

    static long file(MetaFs fs, long parent, String name, String content) throws Exception {
        long ino = file(fs, parent, name);
        Bytes bytes = Bytes.of(content);
        fs.publish(List.of(new Publication(ino, null, List.of(new Edit.Inline(bytes)), null, List.of(), false)), false);
        return ino;
    }

    static long directory(MetaFs fs, long parent, String name) throws Exception {
        return fs.create(parent, name(name), NewNode.directory(0755, 0), Caller.ROOT)
                .ino();
    }

    static void unlink(MetaFs fs, long parent, String name) throws Exception {
        fs.unlink(parent, name(name), Caller.ROOT);
    }

    static void rmdir(MetaFs fs, long parent, String name) throws Exception {
        fs.rmdir(parent, name(name), Caller.ROOT);
    }

    static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    static String content(MetaFs fs, long ino) throws Exception {
        return String.valueOf(fs.view(ino).inline());
    }

    static List<String> names(MetaFs fs, long directory) throws Exception {
        return fs.readdir(directory, null, 10_000, true).stream()
                .map(entry -> entry.name().toString())
                .toList();
    }

    long bucket(MetaFs fs, String bucket) throws Exception {
        long trash = fs.lookup(ROOT, name(".trash")).ino();
        return fs.lookup(trash, name(bucket)).ino();
    }

    List<String> trashed(MetaFs fs) throws Exception {
        return names(fs, bucket(fs, BUCKET));
    }

    static void assertPath(MetaFs fs, String path, long ino) throws Exception {
        long at = ROOT;
        for (String part : path.split("/", -1)) {
            at = fs.lookup(at, name(part)).ino();
        }
        assertThat(at).isEqualTo(ino);
    }

    /** What a restore said. */
    static final class Said implements TrashRestore.Listener {
        final List<String> restored = new ArrayList<>();
        final Map<String, String> kept = new TreeMap<>();

        @Override
        public void restored(TrashItem item, String path) {
            restored.add(path);
        }

        @Override
        public void kept(TrashItem item, String path, String why) {
            kept.put(path, why);
        }
    }

    static Said restore(VolumeFs fs, boolean putBack) throws Exception {
        Said said = new Said();
        fs.restore(putBack, said).run(fs.trash().buckets());
        return said;
    }

    void setTrashDays(int days) throws Exception {
        VolumeRecord old = Volumes.load(engine);
        VolumeRecord changed = new VolumeRecord(
                old.name(),
                old.uuid(),
                old.incarnation(),
                old.formatVersion(),
                old.compatible(),
                old.readOnlyCompatible(),
                old.incompatible(),
                old.storeUrl(),
                old.storeOptions(),
                old.blockSizeBytes(),
                days,
                old.createdBy(),
                old.options());
        engine.commit(new Commit(
                null,
                new Stamp(new Random().nextLong(), 1),
                List.of(),
                List.of(new Write.Put(Keys.VOLUME_RECORD, changed.encode())),
                true));
    }

    static <T> List<T> together(List<Callable<T>> calls) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
            List<T> results = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(calls)) {
                results.add(future.get());
            }
            return results;
        }
    }
}

package dev.leat.meta.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.MetaEngines;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaUrl;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.MountSpec;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.meta.fs.Volumes;
import dev.leat.meta.fsck.Fsck;
import dev.leat.meta.fsck.FsckReport;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.testing.Requires;
import dev.leat.testing.servers.PostgresServer;
import dev.leat.testing.servers.RedisServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps between engines, beside clients, and damaged ones. */
final class DumpTest {
    private static final int FILES = 300;

    /** Bytes of a dump before its packed part. */
    private static final int PACKED_FROM = 12;

    @TempDir
    private Path folder = Path.of("");

    private MetaEngine sqlite(String name) throws Exception {
        return MetaEngines.open(MetaUrl.parse("sqlite://" + folder.resolve(name)), OpenMode.CREATE);
    }

    private static MetaEngine redis(RedisServer server) throws Exception {
        return MetaEngines.open(
                MetaUrl.parse("redis://" + server.host() + ":" + server.port() + "/0?name=dump"), OpenMode.CREATE);
    }

    private static MetaEngine postgres(PostgresServer server) throws Exception {
        String url =
                "postgres://" + PostgresServer.NAME + "@" + server.hosts() + "/" + PostgresServer.NAME + "?schema=dump";
        return MetaEngines.open(MetaUrl.parse(url), OpenMode.CREATE);
    }

    private static void format(MetaEngine engine) throws Exception {
        Volumes.format(engine, VolumeRecord.create("v", "file:///none", Map.of(), 1, 17, "test"));
    }

    /** Names of all kinds: directories, files, hard links, symbolic links, large and small attributes. */
    private static void fill(MetaEngine engine) throws Exception {
        try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("fill"))) {
            long at = MetaFs.ROOT;
            for (int i = 0; i < FILES; i++) {
                if (i % 50 == 0) {
                    at = fs.create(at, Name.of("d" + i), NewNode.directory(0750, 0), Caller.of(i, i, 1))
                            .ino();
                }
                long ino = fs.create(at, Name.of("f" + i), NewNode.file(0640, 0), Caller.of(i, 7, 1))
                        .ino();
                if (i % 10 == 0) {
                    fs.link(ino, MetaFs.ROOT, Name.of("link" + i), Caller.ROOT);
                    fs.setxattr(ino, Bytes.of("user.large"), Bytes.wrap(new byte[20_000]), 0, Caller.ROOT);
                }
                if (i % 11 == 0) {
                    fs.create(at, Name.of("s" + i), NewNode.symlink(Bytes.of("../f" + i)), Caller.ROOT);
                }
            }
        }
    }

    private static Map<String, String> tree(MetaEngine engine) throws Exception {
        Map<String, String> tree = new TreeMap<>();
        try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("look").asReadOnly())) {
            tree(fs, MetaFs.ROOT, "", tree);
        }
        return tree;
    }

    private static void tree(VolumeFs fs, long directory, String path, Map<String, String> tree) throws FsException {
        for (DirEntry entry : fs.readdir(directory, null, 1_000, true)) {
            String name = path + "/" + entry.name();
            StringBuilder facts = new StringBuilder(String.valueOf(entry.attr()));
            for (Bytes xattr : fs.listxattr(entry.ino())) {
                facts.append(' ')
                        .append(xattr)
                        .append(fs.getxattr(entry.ino(), xattr).length());
            }
            if (entry.type() == FileType.SYMLINK) {
                facts.append(fs.readlink(entry.ino()));
            }
            tree.put(name, facts.toString());
            if (entry.type() == FileType.DIRECTORY) {
                tree(fs, entry.ino(), name, tree);
            }
        }
    }

    private FsckReport check(MetaEngine engine) throws IOException {
        return new Fsck(engine, null, null, Files.createTempDirectory(folder, "fsck")).check(_ -> {});
    }

    private static byte[] dump(MetaEngine engine) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DumpWriter.write(engine, out);
        return out.toByteArray();
    }

    @Test
    void aTreeGoesThroughAllEnginesUnchanged() throws Exception {
        Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
        Requires.that(PostgresServer.programs().isPresent(), PostgresServer.howToGet());
        try (RedisServer redisServer = RedisServer.builder().start();
                PostgresServer postgresServer = PostgresServer.builder().start();
                MetaEngine first = sqlite("first.db");
                MetaEngine second = redis(redisServer);
                MetaEngine third = postgres(postgresServer);
                MetaEngine fourth = sqlite("fourth.db")) {
            format(first);
            fill(first);
            Map<String, String> expected = tree(first);
            assertThat(expected).hasSizeGreaterThan(FILES);
            DumpSummary loaded = DumpLoad.load(new ByteArrayInputStream(dump(first)), second, 2);
            assertThat(loaded.volume().incarnation()).isEqualTo(2);
            DumpLoad.load(new ByteArrayInputStream(dump(second)), third, 3);
            DumpLoad.load(new ByteArrayInputStream(dump(third)), fourth, 4);
            for (MetaEngine engine : new MetaEngine[] {second, third, fourth}) {
                assertThat(tree(engine)).isEqualTo(expected);
                assertThat(check(engine).problems()).isEmpty();
            }
            assertThat(Volumes.load(fourth).incarnation()).isEqualTo(4);
            // What it was loaded into is a volume like any other: new inodes do not meet old ones.
            fill2(fourth);
            assertThat(tree(fourth)).hasSize(expected.size() + 1).containsAllEntriesOf(expected);
        }
    }

    private static void fill2(MetaEngine engine) throws Exception {
        try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("more"))) {
            fs.create(MetaFs.ROOT, Name.of("new"), NewNode.file(0644, 0), Caller.ROOT);
        }
    }

    @Test
    void aDumpBesideWritersIsOfOneMoment() throws Exception {
        Requires.that(RedisServer.binary().isPresent(), RedisServer.howToGet());
        try (RedisServer server = RedisServer.builder().start();
                MetaEngine engine = redis(server);
                MetaEngine copy = sqlite("copy.db")) {
            format(engine);
            fill(engine);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch begun = new CountDownLatch(50);
            Thread writer = Thread.ofPlatform().start(() -> churn(engine, stop, begun, failure));
            byte[] dump;
            try {
                begun.await();
                dump = dump(engine);
            } finally {
                stop.set(true);
                writer.join();
            }
            assertThat(failure.get()).isNull();
            DumpLoad.load(new ByteArrayInputStream(dump), copy, 2);
            assertThat(check(copy).problems()).isEmpty();
            // The one file that is moved about all the time is in one of its two places.
            assertThat(tree(copy).keySet().stream().filter(name -> name.endsWith("/moving")))
                    .hasSize(1);
            assertThat(copy.scan(Keys.sessions(), null, 10)).isEmpty();
        }
    }

    private static void churn(
            MetaEngine engine, AtomicBoolean stop, CountDownLatch begun, AtomicReference<Throwable> failure) {
        try (VolumeFs fs = VolumeFs.mount(engine, MountSpec.of("churn"))) {
            long a = fs.create(MetaFs.ROOT, Name.of("a"), NewNode.directory(0755, 0), Caller.ROOT)
                    .ino();
            long b = fs.create(MetaFs.ROOT, Name.of("b"), NewNode.directory(0755, 0), Caller.ROOT)
                    .ino();
            Name moving = Name.of("moving");
            fs.create(a, moving, NewNode.file(0644, 0), Caller.ROOT);
            while (!stop.get()) {
                fs.rename(a, moving, b, moving, 0, Caller.ROOT);
                fs.create(a, Name.of("short-lived"), NewNode.file(0644, 0), Caller.ROOT);
                fs.unlink(a, Name.of("short-lived"), Caller.ROOT);
                fs.rename(b, moving, a, moving, 0, Caller.ROOT);
                begun.countDown();
            }
        } catch (IOException | RuntimeException e) {
            failure.set(e);
            while (begun.getCount() > 0) {
                begun.countDown();
            }
        }
    }

    @Test
    void aDamagedDumpIsRefusedAndLeavesNothing() throws Exception {
        byte[] whole;
        try (MetaEngine first = sqlite("first.db")) {
            format(first);
            fill(first);
            whole = dump(first);
        }
        long seed = new Random().nextLong();
        System.out.println("seed of damages: " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            byte[] damaged;
            if (i % 2 == 0) {
                damaged = Arrays.copyOf(whole, random.nextInt(whole.length));
            } else {
                do {
                    damaged = whole.clone();
                    int at = random.nextInt(100) < 50 ? random.nextInt(PACKED_FROM) : random.nextInt(whole.length);
                    damaged[at] ^= (byte) (1 << random.nextInt(8));
                } while (holdsTheSame(damaged, whole));
            }
            refuse(damaged, "damaged-" + i + ".db");
        }
    }

    /** Whether only bits differ that mean nothing: a gzip header has a time and hints, its end is padded, its tables have codes that are not used. */
    private static boolean holdsTheSame(byte[] dump, byte[] whole) throws IOException {
        try {
            return Arrays.equals(dump, 0, PACKED_FROM, whole, 0, PACKED_FROM)
                    && Arrays.equals(unpacked(dump), unpacked(whole));
        } catch (ZipException | EOFException e) {
            return false;
        }
    }

    private static byte[] unpacked(byte[] dump) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(dump, PACKED_FROM, dump.length - PACKED_FROM))) {
            return in.readAllBytes();
        }
    }

    private void refuse(byte[] damaged, String name) throws Exception {
        try (MetaEngine engine = sqlite(name)) {
            assertThatThrownBy(() -> DumpLoad.load(new ByteArrayInputStream(damaged), engine, 2))
                    .isInstanceOfSatisfying(
                            MetaException.class,
                            e -> assertThat(e.kind()).isIn(MetaException.Kind.CORRUPT, MetaException.Kind.FOREIGN));
        }
        assertThatThrownBy(() -> MetaEngines.open(MetaUrl.parse("sqlite://" + folder.resolve(name)), OpenMode.EXISTING))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.NOT_FOUND));
    }

    @Test
    void nothingIsLoadedOverSomething() throws Exception {
        try (MetaEngine first = sqlite("first.db");
                MetaEngine second = sqlite("second.db")) {
            format(first);
            byte[] dump = dump(first);
            format(second);
            assertThatThrownBy(() -> DumpLoad.load(new ByteArrayInputStream(dump), second, 2))
                    .isInstanceOfSatisfying(
                            MetaException.class, e -> assertThat(e.kind()).isEqualTo(MetaException.Kind.EXISTS));
            assertThat(Volumes.load(second).incarnation()).isEqualTo(17);
        }
    }
}

package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.Medium;
import dev.leat.cache.TierSpec;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.file.FileSource;
import dev.leat.dataset.read.InPlace;
import dev.leat.fuse.mount.MountException;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.store.Blob;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreLimits;
import dev.leat.sys.FileStat;
import dev.leat.sys.Fs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder served by EROFS is the folder, wherever its bytes come from. Needs Linux 6.12 and CAP_SYS_ADMIN. */
@Timeout(120)
class ErofsServingTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path scratch;

    private Path folder = Path.of("");
    private Path place = Path.of("");
    private final Random random = new Random(7);
    private final BufferPool buffers = new BufferPool(64L * MIB);
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private @Nullable TieredCache cache;
    private @Nullable FileSource source;
    private @Nullable ErofsServing serving;

    @BeforeEach
    void prepare() throws IOException {
        String obstacle = ErofsServing.obstacle();
        assumeTrue(obstacle == null, obstacle);
        folder = Files.createDirectory(scratch.resolve("folder"));
        place = Files.createDirectory(scratch.resolve("place"));
    }

    @AfterEach
    void end() throws IOException {
        unmount();
        if (cache != null) {
            cache.close();
        }
        if (source != null) {
            source.close();
        }
    }

    private void unmount() throws IOException {
        if (serving != null) {
            serving.close();
            serving = null;
        }
    }

    private TieredCache cache() throws IOException {
        FileSource from = new FileSource(folder, StoreLimits.NONE, RetryPolicy.DEFAULT);
        source = from;
        TierSpec tier = new TierSpec(Medium.SSD, List.of(scratch.resolve("cache")), 256L * MIB, 0.95, 0.7, 0, 1000);
        TieredCache opened = BlobCaches.open("erofs", List.of(tier), new InPlace(from), buffers);
        cache = opened;
        return opened;
    }

    private ErofsServing mount() throws IOException {
        TieredCache to = cache == null ? cache() : cache;
        FileSource from = Objects.requireNonNull(source);
        FolderAsSealed tree = new FolderAsSealed(folder, from, new InPlace(from));
        ErofsServing started = ErofsServing.start(
                place,
                tree,
                to,
                scratch.resolve("cache/images"),
                SessionOptions.defaults().withDeadline(Duration.ofSeconds(60)),
                true,
                (path, _) -> failed.add(path));
        serving = started;
        return started;
    }

    private void put(String path, int size) throws IOException {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        Path file = folder.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_600_000_000_123L + size));
    }

    private void compare() throws IOException {
        List<String> expected = names(folder);
        assertThat(names(place)).isEqualTo(expected);
        for (String name : expected) {
            Path left = folder.resolve(name);
            Path right = place.resolve(name);
            FileStat a = Fs.lstat(left);
            FileStat b = Fs.lstat(right);
            assertThat(List.of(b.mode(), b.uid(), b.gid(), b.mtimeNsec()))
                    .as(name)
                    .containsExactly(a.mode(), a.uid(), a.gid(), a.mtimeNsec());
            assertThat(List.of(b.mtimeSec(), b.ctimeSec(), b.atimeSec()))
                    .as(name)
                    .containsOnly(a.mtimeSec());
            if (a.isDirectory()) {
                assertThat(b.nlink()).as(name).isEqualTo(a.nlink());
            } else if (Files.isSymbolicLink(left)) {
                assertThat(Files.readSymbolicLink(right)).isEqualTo(Files.readSymbolicLink(left));
            } else {
                assertThat(b.size()).as(name).isEqualTo(a.size());
                assertThat(Files.mismatch(left, right)).as(name).isEqualTo(-1);
            }
        }
    }

    private static List<String> names(Path root) throws IOException {
        List<String> names = new ArrayList<>();
        try (var walk = Files.walk(root)) {
            walk.map(path -> root.relativize(path).toString()).sorted().forEach(names::add);
        }
        return names;
    }

    private void oddities() throws IOException {
        put("empty", 0);
        for (int size : new int[] {1, 4095, 4096, 4097, 100_000, 5 * MIB + 1, 8 * MIB}) {
            put("sizes/" + size, size);
        }
        for (int i = 0; i < 3000; i++) {
            put("many/" + "x".repeat(i % 50) + i, i % 9);
        }
        put("n".repeat(255), 5);
        put("a/b", 1);
        put("a-b", 2);
        put("a.b", 3);
        Files.createDirectories(folder.resolve("hollow/hollow"));
        Files.createDirectories(folder.resolve("d/".repeat(60)));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("a/b"));
        Files.createSymbolicLink(folder.resolve("dangling"), Path.of("/no/where"));
    }

    @Test
    void theTreeIsTheSame() throws IOException {
        oddities();
        ErofsServing mounted = mount();
        compare();
        assertThat(mounted.facts()).containsEntry("wholeFiles", 0).containsEntry("deviceReadFailures", 0L);
        long reads = (long) Objects.requireNonNull(mounted.facts().get("deviceReads"));
        assertThat(reads).isPositive();
        // A kernel that reclaims pages ahead of need may drop some between two rounds, so one of a few has to do
        // without.
        long before = -1;
        for (int round = 0; round < 5 && before != reads; round++) {
            before = (long) Objects.requireNonNull(mounted.facts().get("deviceReads"));
            compare();
            reads = (long) Objects.requireNonNull(mounted.facts().get("deviceReads"));
        }
        assertThat(reads).as("the kernel has it all").isEqualTo(before);
    }

    @Test
    void wholeFilesOfTheCacheNeedNobody() throws IOException {
        oddities();
        ErofsServing first = mount();
        compare();
        Object image = first.facts().get("image");
        unmount();
        ErofsServing second = mount();
        assertThat(second.facts()).containsEntry("wholeFiles", 2);
        assertThat(second.facts().get("image")).isNotEqualTo(image);
        Files.readAllBytes(place.resolve("sizes/" + (5 * MIB + 1)));
        Files.readAllBytes(place.resolve("sizes/" + 8 * MIB));
        assertThat(second.facts()).containsEntry("deviceReads", 0L);
        compare();
        Object again = second.facts().get("image");
        unmount();
        assertThat(mount().facts()).as("is used again").containsEntry("image", again);
        compare();
    }

    @Test
    void aFileOfMoreThanFourGibibytesIsReadAnywhere() throws IOException {
        long size = (4L << 30) + 12_345;
        byte[] mark = "at the end".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("huge").toFile(), "rw")) {
            file.setLength(size);
            for (long at : new long[] {0, (1L << 30) - 5, (4L << 30) - 5, size - mark.length}) {
                file.seek(at);
                file.write(mark);
            }
        }
        mount();
        try (RandomAccessFile file = new RandomAccessFile(place.resolve("huge").toFile(), "r")) {
            assertThat(file.length()).isEqualTo(size);
            for (long at : new long[] {0, (1L << 30) - 5, (4L << 30) - 5, size - mark.length}) {
                byte[] read = new byte[mark.length];
                file.seek(at);
                file.readFully(read);
                assertThat(read).as("at " + at).isEqualTo(mark);
            }
            assertThat(file.read()).isEqualTo(-1);
        }
    }

    @Test
    void whatCannotBeHadIsAnErrorThatNamesIt() throws IOException {
        put("good", 50_000);
        put("bad", 50_000);
        ErofsServing mounted = mount();
        Files.delete(folder.resolve("bad"));
        assertThatThrownBy(() -> Files.readAllBytes(place.resolve("bad"))).isInstanceOf(IOException.class);
        assertThat(Files.readAllBytes(place.resolve("good"))).isEqualTo(Files.readAllBytes(folder.resolve("good")));
        assertThat((long) Objects.requireNonNull(mounted.facts().get("deviceReadFailures")))
                .isPositive();
        assertThat(String.valueOf(mounted.facts().get("lastFailure"))).contains(" bad: ");
        assertThat(failed).containsOnly("bad");
    }

    @Test
    void unmountingEndsTheSession() throws Exception {
        put("f", 5 * MIB);
        ErofsServing mounted = mount();
        FileSource from = Objects.requireNonNull(source);
        Blob blob = new FolderAsSealed(folder, from, new InPlace(from)).blob(1);
        assertThat(mounted.session().awaitEnd(Duration.ofMillis(50))).isFalse();
        mounted.unmount(false);
        assertThat(mounted.session().awaitEnd(Duration.ofSeconds(60))).isTrue();
        unmount();
        Objects.requireNonNull(cache).warm(blob, 0, blob.sizeBytes());
        ErofsServing whole = mount();
        assertThat(whole.facts()).containsEntry("wholeFiles", 1);
        assertThat(whole.session().awaitEnd(Duration.ofMillis(50)))
                .as("also when no file needs it")
                .isFalse();
        assertThatThrownBy(this::mount).isInstanceOf(MountException.class).hasMessageContaining("mount point already");
        serving = whole;
    }
}

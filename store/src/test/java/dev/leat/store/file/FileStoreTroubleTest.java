package dev.leat.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.Keys;
import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PendingUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.testing.Requires;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A directory in trouble: full, read-only, unmounted, shared, killed, and not what a bucket would be. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FileStoreTroubleTest {
    @TempDir
    private Path directory;

    @Test
    void aFullDiskIsSaidAndLeavesNothing() throws Exception {
        try (Tmpfs tmpfs = Tmpfs.mount(directory.resolve("small"), "size=2m");
                FileStore store = FileStore.open(tmpfs.path)) {
            put(store, "kept", 100_000);
            assertKind(Kind.FULL, () -> put(store, "large", 4_000_000), "free some space");
            MultipartUpload upload = store.upload("parts");
            upload.part(1, ByteBuffer.allocate(500_000));
            assertKind(Kind.FULL, () -> upload.part(2, ByteBuffer.allocate(4_000_000)), "free some space");
            upload.part(2, ByteBuffer.allocate(1000));
            upload.complete(PutCondition.ALWAYS);
            assertThat(keys(store)).containsExactly("kept", "parts");
            assertThat(store.head("parts").sizeBytes()).isEqualTo(501_000);
            assertThat(store.delete(List.of("parts"))).isEmpty();
            put(store, "after", 1_500_000);
            assertThat(keys(store)).containsExactly("after", "kept");
        }
    }

    @Test
    void aReadOnlyDiskIsSaid() throws Exception {
        try (Tmpfs tmpfs = Tmpfs.mount(directory.resolve("ro"), "size=2m")) {
            Files.writeString(tmpfs.path.resolve("o"), "x");
            tmpfs.remount("ro");
            try (FileStore store = FileStore.open(tmpfs.path)) {
                assertThat(keys(store)).containsExactly("o");
                assertKind(Kind.DENIED, () -> put(store, "p", 1), "Read-only");
                assertThat(store.delete(List.of("o")))
                        .singleElement()
                        .satisfies(failure -> assertThat(failure.reason()).contains("Read-only"));
            }
        }
    }

    @Test
    void anUnmountedDiskIsNotAnEmptyStore() throws Exception {
        Path mountPoint = directory.resolve("mnt");
        try (Tmpfs tmpfs = Tmpfs.mount(mountPoint, "size=2m")) {
            try (FileStore store = FileStore.open(mountPoint)) {
                put(store, "o", 1);
            }
            try (FileStore again = FileStore.open(mountPoint)) {
                tmpfs.unmount();
                assertKind(Kind.UNAVAILABLE, () -> again.head("o"), "mounted");
                assertKind(Kind.UNAVAILABLE, () -> again.list("", null, null, 1), "mounted");
                assertKind(Kind.UNAVAILABLE, () -> put(again, "o", 1), "mounted");
                assertThat(mountPoint).isEmptyDirectory();
            }
        }
    }

    @Test
    void aKilledProcessLeavesNothingHalfDone() throws Exception {
        for (int round = 0; round < 3; round++) {
            List<String> acknowledged = new ArrayList<>();
            Process child = StoreChild.start("fill", directory.toString());
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
                while (acknowledged.size() < 40 * (round + 1)) {
                    String key = reader.readLine();
                    assertThat(key).isNotNull();
                    acknowledged.add(key);
                }
                child.destroyForcibly().waitFor();
            } finally {
                child.destroyForcibly();
            }
            try (FileStore store = FileStore.open(directory)) {
                List<String> keys = keys(store);
                assertThat(keys).containsAll(acknowledged);
                for (String key : keys) {
                    assertWhole(store, key);
                }
                for (PendingUpload pending : store.pendingUploads("")) {
                    store.abort(pending);
                }
                // What the dead process was writing is swept when a store begins to write.
                put(store, "sweep", 1);
                assertThat(store.delete(keys(store))).isEmpty();
            }
            try (Stream<Path> rest = Files.walk(directory)) {
                assertThat(rest.filter(Files::isRegularFile)
                                .filter(file -> !file.toString().contains("/locks/")))
                        .isEmpty();
            }
            assertThat(directory.toFile().list()).containsExactly(".leat-store");
        }
    }

    private static void assertWhole(FileStore store, String key) throws StoreException {
        ByteBuffer bytes = ByteBuffer.allocate((int) store.head(key).sizeBytes());
        assertThat(bytes.capacity()).as(key).isEqualTo(StoreChild.OBJECT_BYTES);
        store.get(key, 0, bytes, null);
        byte[] array = bytes.array();
        for (byte b : array) {
            if (b != array[0]) {
                throw new AssertionError("mixed bytes in " + key);
            }
        }
    }

    @Test
    void comparisonsHoldAcrossProcesses() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            store.put("counter", ByteBuffer.wrap(new byte[] {'0'}), PutCondition.ALWAYS);
            Process child = StoreChild.start("count", directory.toString(), "300");
            try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
                List<Future<Void>> runs = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    runs.add(pool.submit((Callable<Void>) () -> {
                        StoreChild.count(store, 300);
                        return null;
                    }));
                }
                for (Future<Void> run : runs) {
                    run.get();
                }
                assertThat(child.waitFor()).isZero();
            } finally {
                child.destroyForcibly();
            }
            assertThat(Files.readString(directory.resolve("counter"))).isEqualTo("900");
        }
    }

    @Test
    void directoriesComeAndGoWhileOthersWrite() throws Exception {
        // Each thread puts and deletes alone in directories that all share: removed under one, needed by another.
        try (FileStore store = FileStore.open(directory);
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<Void>> runs = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int number = thread;
                runs.add(pool.submit((Callable<Void>) () -> {
                    for (int i = 0; i < 200; i++) {
                        String key = "a/b" + i % 3 + "/c/" + number;
                        store.put(
                                key,
                                ByteBuffer.wrap(new byte[10]),
                                i % 2 == 0 ? PutCondition.ALWAYS : PutCondition.IF_ABSENT);
                        assertThat(store.head(key).sizeBytes()).isEqualTo(10);
                        assertThat(store.delete(List.of(key))).isEmpty();
                    }
                    return null;
                }));
            }
            for (Future<Void> run : runs) {
                run.get();
            }
            assertThat(directory.resolve("a")).doesNotExist();
            assertThat(directory).exists();
        }
    }

    @Test
    void aKeyBelowAnotherIsRefused() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            put(store, "a", 1);
            put(store, "d/e", 1);
            for (PutCondition condition : List.of(PutCondition.ALWAYS, PutCondition.IF_ABSENT)) {
                assertKind(
                        Kind.INVALID,
                        () -> store.put("a/b", ByteBuffer.allocate(1), condition),
                        "a directory holds either");
                assertKind(
                        Kind.INVALID,
                        () -> store.put("a/b/c", ByteBuffer.allocate(1), condition),
                        "a directory holds either");
                assertKind(
                        Kind.INVALID,
                        () -> store.put("d", ByteBuffer.allocate(1), condition),
                        "a directory holds either");
            }
            assertThat(keys(store)).containsExactly("a", "d/e");
        }
    }

    @Test
    void anEmptyDirectoryIsNoObstacleAndNoObject() throws Exception {
        Files.createDirectories(directory.resolve("x/y/z"));
        Files.createDirectories(directory.resolve("w"));
        try (FileStore store = FileStore.open(directory)) {
            assertThat(keys(store)).isEmpty();
            assertThat(store.list("", "/", null, 10).prefixes()).isEmpty();
            put(store, "w", 1);
            store.put("x/y/z", ByteBuffer.allocate(1), PutCondition.IF_ABSENT);
            assertThat(keys(store)).containsExactly("w", "x/y/z");
        }
    }

    @Test
    void whatIsHiddenIsNoKey() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            put(store, "o", 1);
            MultipartUpload upload = store.upload("p");
            upload.part(1, ByteBuffer.allocate(10));
            for (String key : List.of(".leat-store", ".leat-store/locks/lock-1", "x/.leat-store/y")) {
                assertKind(Kind.INVALID, () -> store.head(key), "reserved");
                assertKind(Kind.INVALID, () -> put(store, key, 1), "reserved");
            }
            assertThat(keys(store)).containsExactly("o");
            assertThat(store.list("", "/", null, 10).prefixes()).isEmpty();
            for (String prefix : List.of(".", ".leat-store", ".leat-store/", ".leat-store/uploads/")) {
                assertThat(store.list(prefix, null, null, 10).objects()).isEmpty();
            }
            assertThat(keys(store)).containsExactly("o");
            upload.abort();
        }
    }

    @Test
    void linksAreFollowedButNotInCircles() throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Files.writeString(outside.resolve("f"), "outside");
        Path inside = Files.createDirectories(directory.resolve("store/deep"));
        Path root = directory.resolve("store");
        Files.writeString(inside.resolve("g"), "x");
        Files.createSymbolicLink(root.resolve("file-link"), outside.resolve("f"));
        Files.createSymbolicLink(root.resolve("dir-link"), outside);
        Files.createSymbolicLink(inside.resolve("up"), root);
        Files.createSymbolicLink(root.resolve("self"), root);
        Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nothing"));
        assertThat(new ProcessBuilder("mkfifo", root.resolve("fifo").toString())
                        .start()
                        .waitFor())
                .isZero();
        try (FileStore store = FileStore.open(root)) {
            assertThat(keys(store)).containsExactly("deep/g", "dir-link/f", "file-link");
            assertThat(store.list("", "/", null, 10).prefixes()).containsExactly("deep/", "dir-link/");
            assertKind(Kind.NOT_FOUND, () -> store.get("fifo", 0, ByteBuffer.allocate(1), null), "no such object");
            assertKind(Kind.NOT_FOUND, () -> store.head("dangling"), "no such object");
            assertThat(store.delete(List.of("dir-link/f"))).isEmpty();
            assertThat(root.resolve("dir-link")).isSymbolicLink();
        }
    }

    @Test
    void aChangeInPlaceIsNoticed() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            ObjectInfo before = put(store, "o", 1000);
            Path file = directory.resolve("o");
            Files.write(file, new byte[1000]);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusMillis(5)));
            assertThat(store.head("o").etag()).isNotEqualTo(before.etag());
            assertKind(
                    Kind.PRECONDITION_FAILED,
                    () -> store.get("o", 0, ByteBuffer.allocate(10), before.etag()),
                    "has the validator");
        }
    }

    @Test
    void manyVersionsNeverLookTheSame() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            List<String> etags = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                etags.add(put(store, "o", 10).etag());
            }
            assertThat(etags).doesNotHaveDuplicates();
        }
    }

    @Test
    void aLargeDirectoryIsKeptBetweenPages() throws Exception {
        Path large = Files.createDirectories(directory.resolve("large"));
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            Files.createFile(large.resolve("file-" + i));
            expected.add("large/file-" + i);
        }
        expected.sort(Keys.ORDER);
        try (FileStore store = FileStore.open(directory)) {
            assertThat(keys(store)).isEqualTo(expected);
            // As if it had been written long ago: now its names are kept.
            Files.setLastModifiedTime(large, FileTime.from(Instant.now().minusSeconds(60)));
            assertThat(keys(store)).isEqualTo(expected);
            Files.delete(large.resolve("file-77"));
            expected.remove("large/file-77");
            assertThat(keys(store)).isEqualTo(expected);
        }
    }

    @Test
    void interruptsAreReported() throws Exception {
        try (FileStore store = FileStore.open(directory)) {
            Thread.currentThread().interrupt();
            assertKind(Kind.UNAVAILABLE, () -> put(store, "o", 10), "interrupted");
            assertThat(Thread.interrupted()).isTrue();
            put(store, "o", 10);
            assertThat(keys(store)).containsExactly("o");
        }
    }

    private static ObjectInfo put(FileStore store, String key, int sizeBytes) throws StoreException {
        return store.put(key, ByteBuffer.allocate(sizeBytes), PutCondition.ALWAYS);
    }

    private static List<String> keys(FileStore store) throws StoreException {
        List<String> keys = new ArrayList<>();
        String after = null;
        while (true) {
            ListPage page = store.list("", null, after, 1000);
            page.objects().forEach(info -> keys.add(info.key()));
            if (!page.truncated()) {
                return keys;
            }
            after = keys.getLast();
        }
    }

    private static void assertKind(Kind kind, ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    /** A small file system that lives as long as the test. */
    private static final class Tmpfs implements AutoCloseable {
        private final Path path;
        private boolean mounted = true;

        private Tmpfs(Path path) {
            this.path = path;
        }

        static Tmpfs mount(Path path, String options) throws Exception {
            Files.createDirectories(path);
            boolean done = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString()) == 0;
            Requires.that(done, "cannot mount a tmpfs: run the test as root");
            return new Tmpfs(path);
        }

        void remount(String options) throws Exception {
            assertThat(run("mount", "-o", "remount," + options, path.toString()))
                    .isZero();
        }

        void unmount() throws Exception {
            assertThat(run("umount", "-l", path.toString())).isZero();
            mounted = false;
        }

        @Override
        public void close() throws IOException {
            if (mounted) {
                assertThat(run("umount", "-l", path.toString())).isZero();
            }
        }

        private static int run(String... command) throws IOException {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .onExit()
                    .join()
                    .exitValue();
        }
    }
}

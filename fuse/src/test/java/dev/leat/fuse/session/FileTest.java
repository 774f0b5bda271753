package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.fuse.wire.Fuse;
import dev.leat.sys.Descriptors;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every kind of request that programs cause, through a real mount. */
class FileTest {
    private MemoryFs fs;
    private MountFixture mounted;

    @BeforeEach
    void mount() throws IOException {
        fs = new MemoryFs();
        mounted = MountFixture.mount(fs, SessionOptions.defaults());
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
        assertThat(fs.destroyed).isTrue();
    }

    @Test
    void bytesSurviveWritingAndReading() throws IOException {
        long seed = System.nanoTime();
        byte[] data = new byte[5_000_003];
        new Random(seed).nextBytes(data);
        Path file = mounted.path("a");
        try (Arena arena = Arena.ofConfined();
                FileHandle handle = FileHandle.open(file, Open.CREAT | Open.WRONLY, 0600)) {
            handle.pwrite(arena.allocateFrom(ValueLayout.JAVA_BYTE, data), 0);
        }
        mounted.session().notifier().invalInode(fs.nodes.size(), 0, 0);
        assertThat(Files.readAllBytes(file)).as("seed " + seed).isEqualTo(data);
        assertThat(mounted.count("READ")).isPositive();
        assertThat(mounted.count("WRITE")).isBetween(5L, 10L);
        assertThat(Files.size(file)).isEqualTo(data.length);
    }

    @Test
    void namesAreMadeMovedLinkedAndRemoved() throws IOException {
        Files.createDirectory(mounted.path("d"));
        Files.writeString(mounted.path("d/f"), "one");
        Files.createLink(mounted.path("hard"), mounted.path("d/f"));
        assertThat(Files.getAttribute(mounted.path("hard"), "unix:nlink")).isEqualTo(2);
        Files.createSymbolicLink(mounted.path("soft"), Path.of("d/f"));
        assertThat(Files.readSymbolicLink(mounted.path("soft"))).isEqualTo(Path.of("d/f"));
        assertThat(Files.readString(mounted.path("soft"))).isEqualTo("one");
        Files.move(mounted.path("d/f"), mounted.path("g"));
        assertThat(mounted.path("d/f")).doesNotExist();
        assertThatThrownBy(() -> Files.createDirectory(mounted.path("d"))).isInstanceOf(IOException.class);
        Files.delete(mounted.path("d"));
        Files.delete(mounted.path("hard"));
        assertThat(Files.getAttribute(mounted.path("g"), "unix:nlink")).isEqualTo(1);
        assertThatThrownBy(() -> Files.delete(mounted.path("nothing"))).isInstanceOf(IOException.class);
    }

    @Test
    void renameWithFlags() throws IOException {
        Files.writeString(mounted.path("a"), "A");
        Files.writeString(mounted.path("b"), "B");
        assertThatThrownBy(() -> Fs.rename(mounted.path("a"), mounted.path("b"), Fuse.RENAME_NOREPLACE))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        Fs.rename(mounted.path("a"), mounted.path("b"), Fuse.RENAME_EXCHANGE);
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("B");
        assertThat(Files.readString(mounted.path("b"))).isEqualTo("A");
        assertThat(mounted.count("RENAME2")).isPositive();
    }

    @Test
    void attributesAreSetAndTimesKeepNanoseconds() throws IOException {
        Path file = Files.writeString(mounted.path("a"), "12345");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-x--x"));
        Files.setAttribute(file, "unix:uid", 12);
        FileTime time = FileTime.from(Instant.ofEpochSecond(1_234_567_890L, 123_456_789));
        Files.setLastModifiedTime(file, time);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r-x--x"));
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
        assertThat(Files.getAttribute(file, "creationTime"))
                .isEqualTo(FileTime.from(Instant.ofEpochSecond(777_000_000L, 5_000)));
        assertThat(mounted.count("STATX")).isPositive();
        Commands.run("mkfifo", mounted.path("pipe").toString());
        assertThat((Integer) Files.getAttribute(mounted.path("pipe"), "unix:mode") & 0170000)
                .isEqualTo(0010000);
        Commands.run("mknod", mounted.path("null").toString(), "c", "1", "3");
        assertThat(Files.readAllBytes(mounted.path("null"))).isEmpty();
        assertThat(Files.getFileStore(file).getTotalSpace()).isEqualTo(4_096_000_000L);
    }

    @Test
    void extendedAttributes() throws IOException {
        Path file = Files.createFile(mounted.path("a"));
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        view.write("colour", UTF_8.encode("blue"));
        view.write("size", UTF_8.encode("x".repeat(60_000)));
        assertThat(view.list()).containsExactlyInAnyOrder("colour", "size");
        assertThat(view.size("size")).isEqualTo(60_000);
        assertThat(Files.getAttribute(file, "user:colour")).isEqualTo("blue".getBytes(UTF_8));
        view.delete("colour");
        assertThatThrownBy(() -> view.size("colour")).isInstanceOf(IOException.class);
    }

    @Test
    void spaceIsReservedZeroedAndFoundAgain() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(mounted.path("a"), Open.CREAT | Open.RDWR, 0600)) {
            file.pwrite(arena.allocate(8192).fill((byte) 1), 4096);
            assertThat(file.seekData(0)).isEqualTo(4096);
            assertThat(file.seekHole(4096)).isEqualTo(12288);
            file.punch(4096, 4096);
            assertThat(file.seekData(0)).isEqualTo(8192);
            Fs.fallocate(file.descriptor(), 0, 0, 20_000);
            assertThat(file.size()).isEqualTo(20_000);
            file.truncate(100);
            assertThat(file.size()).isEqualTo(100);
            assertThat(file.seekData(0)).isEqualTo(FileHandle.NO_DATA);
            file.dataSync();
            file.sync();
            Fs.syncfs(file.descriptor());
            assertThat(fs.syncs).hasValueGreaterThanOrEqualTo(2);
        }
        try (FileHandle directory = FileHandle.open(mounted.root(), Open.DIRECTORY, 0)) {
            directory.sync();
        }
        assertThat(mounted.count("FSYNCDIR")).isEqualTo(1);
    }

    @Test
    void rangesAreCopiedInside() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle from = FileHandle.open(mounted.path("a"), Open.CREAT | Open.RDWR, 0600);
                FileHandle to = FileHandle.open(mounted.path("b"), Open.CREAT | Open.RDWR, 0600)) {
            from.pwrite(arena.allocate(100_000).fill((byte) 5), 0);
            assertThat(from.copyTo(to, 1, 10, 50_000)).isEqualTo(50_000);
            MemorySegment back = arena.allocate(100_000);
            assertThat(to.pread(back, 0)).isEqualTo(50_010);
            assertThat(back.get(ValueLayout.JAVA_BYTE, 9)).isZero();
            assertThat(back.get(ValueLayout.JAVA_BYTE, 10)).isEqualTo((byte) 5);
        }
        assertThat(mounted.count("COPY_FILE_RANGE") + mounted.count("COPY_FILE_RANGE_64"))
                .isPositive();
    }

    @Test
    void unnamedFilesAndUnlinkedOpenOnesCanBeUsed() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle unnamed = FileHandle.temporary(mounted.root());
                FileHandle unlinked = FileHandle.open(mounted.path("u"), Open.CREAT | Open.RDWR, 0600)) {
            unnamed.pwrite(arena.allocate(10), 0);
            assertThat(unnamed.stat().nlink()).isZero();
            Files.delete(mounted.path("u"));
            unlinked.pwrite(arena.allocate(10), 0);
            assertThat(unlinked.size()).isEqualTo(10);
        }
        assertThat(mounted.count("TMPFILE")).isEqualTo(1);
    }

    @Test
    void directIoReachesTheDaemonEachTime() throws IOException {
        fs.openFlags = Fuse.FOPEN_DIRECT_IO;
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(mounted.path("a"), Open.CREAT | Open.RDWR | Open.DIRECT, 0600)) {
            MemorySegment block = arena.allocate(1 << 20, 4096).fill((byte) 3);
            file.pwrite(block, 0);
            long before = mounted.count("READ");
            assertThat(file.pread(block, 0)).isEqualTo(1 << 20);
            assertThat(file.pread(block, 0)).isEqualTo(1 << 20);
            assertThat(mounted.count("READ")).isEqualTo(before + 2);
            assertThat(mounted.count("WRITE")).isEqualTo(1);
        }
    }

    @Test
    void aBigDirectoryIsListedOnceAndWhole() throws IOException {
        int files = 20_000;
        for (int i = 0; i < files; i++) {
            fs.put("entry-" + i, new byte[0]);
        }
        try (Stream<Path> list = Files.list(mounted.root())) {
            assertThat(list.map(path -> path.getFileName().toString())
                            .distinct()
                            .count())
                    .isEqualTo(files);
        }
        assertThat(mounted.count("READDIRPLUS")).isPositive();
        try (Stream<Path> list = Files.walk(mounted.root())) {
            assertThat(list.filter(Files::isRegularFile).count()).isEqualTo(files);
        }
    }

    @Test
    void memoryMapsAreCoherent() throws Exception {
        Path file = Files.writeString(mounted.path("a"), "old text");
        Process mapper = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        MapProbe.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(mapper.getInputStream().readAllBytes(), UTF_8);
        assertThat(mapper.waitFor()).as(output).isZero();
        assertThat(output.strip()).isEqualTo("old text");
        assertThat(Files.readString(file)).isEqualTo("new text");
    }

    @Test
    void deviceControlAndPolling() throws IOException {
        Files.writeString(mounted.path("a"), "x");
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(mounted.path("a"), Open.RDWR, 0)) {
            MemorySegment word = arena.allocateFrom("abcd");
            // _IOWR('L', 1, 4 bytes)
            int result = Descriptors.ioctl(file.descriptor(), 0xC0044C01L, word);
            assertThat(result).isEqualTo(42);
            assertThat(word.getString(0)).isEqualTo("dcba");
            assertThat(Descriptors.poll(file.descriptor(), 1, 1000)).isEqualTo(1);
        }
    }

    @Test
    void everyOpenHandleIsReleased() throws Exception {
        Files.writeString(mounted.path("a"), "x");
        Files.readString(mounted.path("a"));
        try (Stream<Path> list = Files.list(mounted.root())) {
            assertThat(list).hasSize(1);
        }
        MountFixture.await("all handles released", () -> fs.openHandles.get() == 0);
    }
}

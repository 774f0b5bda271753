package dev.leat.dataset.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.dataset.source.EntryKind;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images are read back as the kernel reads them, and shown to {@code fsck.erofs} where that is installed. */
class ImageWriterTest {
    private static final UUID IDENTITY = new UUID(0x0123456789abcdefL, 0xfedcba9876543210L);
    private static final Comparator<String> BYTES =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    /** By names, as a walk meets them: what is in a directory comes right behind it. */
    private static final Comparator<String> WALK = (a, b) -> {
        String[] left = a.split("/");
        String[] right = b.split("/");
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            int compared = BYTES.compare(left[i], right[i]);
            if (compared != 0) {
                return compared;
            }
        }
        return Integer.compare(left.length, right.length);
    };

    @TempDir
    private Path folder;

    private Path image() {
        return folder.resolve("image");
    }

    private static ImageEntry directory(String path) {
        return new ImageEntry(path, EntryKind.DIRECTORY, 0755, 1, 2, 0, 1_700_000_000L, 5, null, -1);
    }

    private static ImageEntry file(String path, long size, long reference) {
        return new ImageEntry(path, EntryKind.FILE, 0640, 70_000, 80_000, size, -7, 999_999_999, null, reference);
    }

    private static ImageEntry link(String path, String target) {
        return new ImageEntry(path, EntryKind.LINK, 0777, 3, 4, 0, 1L << 33, 0, target, -1);
    }

    private ImageWriter.Image write(List<ImageEntry> entries) throws IOException {
        Files.deleteIfExists(image());
        Files.deleteIfExists(folder.resolve("extents"));
        int flags = Open.RDWR | Open.CREAT | Open.EXCL;
        try (FileHandle image = FileHandle.open(image(), flags, 0600);
                FileHandle extents = FileHandle.open(folder.resolve("extents"), flags, 0600);
                ImageWriter writer = new ImageWriter(image, extents, directory(""), folder)) {
            for (ImageEntry entry : entries) {
                if (entry.reference() < 1_000_000) {
                    writer.add(entry);
                } else {
                    assertThat(writer.addWithDevice(entry)).isTrue();
                }
            }
            return writer.finish(IDENTITY, 1_700_000_000L);
        }
    }

    /** All oddities: names around the dots, prefixes of others, 255 bytes, empty and huge files, large and deep directories. */
    private static Map<String, ImageEntry> odd() {
        Map<String, ImageEntry> tree = new TreeMap<>(BYTES);
        List<String> directories = new ArrayList<>(List.of("a", "a-b", "a.d", "a/empty", "many", "z\u00fcrich", "a!"));
        String deep = "deep";
        for (int i = 0; i < 60; i++) {
            directories.add(deep);
            deep += "/d";
        }
        directories.forEach(path -> tree.put(path, directory(path)));
        long reference = 1;
        List<String> files = new ArrayList<>(List.of(
                "-",
                "--",
                ".-x",
                "..a",
                ".a",
                "+",
                " ",
                "a-c",
                "a/x",
                "a/-",
                "a-b/y",
                "a!/z",
                "n".repeat(255),
                "\u0001",
                "\ud83d\ude00",
                "\uffee",
                deep + "f"));
        for (int i = 0; i < 8_000; i++) {
            files.add("many/" + "f".repeat(i % 200) + i);
        }
        for (String path : files) {
            tree.put(path, file(path, reference * 37 % 10_000, reference++));
        }
        tree.put("a/0", file("a/0", 0, reference++));
        tree.put("a/4096", file("a/4096", 4096, reference++));
        tree.put("a/4097", file("a/4097", 4097, reference++));
        tree.put("a/huge", file("a/huge", (5L << 30) + 1, reference++));
        tree.put("a/own", file("a/own", 5_000_000, 1_000_000));
        tree.put("link", link("link", "a/x"));
        tree.put("long", link("long", "t".repeat(4095)));
        tree.put("longish", link("longish", "t".repeat(4032)));
        return tree;
    }

    @Test
    void everyNameIsFoundWithItsAttributes() throws IOException {
        Map<String, ImageEntry> tree = odd();
        ImageWriter.Image written = write(List.copyOf(tree.values()));
        assertThat(written.inodes()).isEqualTo(tree.size() + 1);
        assertThat(written.sizeBytes()).isEqualTo(Files.size(image()));
        assertThat(written.sizeBytes() % 4096).isZero();
        ImageReader reader = new ImageReader(image());
        try (Extents extents = Extents.open(folder.resolve("extents"))) {
            assertThat(extents.devices()).isEqualTo(written.devices());
            assertThat(reader.deviceCount()).isEqualTo(2);
            for (ImageEntry entry : tree.values()) {
                ImageReader.Inode inode = find(reader, entry.path());
                check(reader, extents, entry, inode);
            }
            assertThat(extents.device(0)).isEqualTo(extents.devices().get(0).isShared() ? 1 : 2);
        }
    }

    private static ImageReader.Inode find(ImageReader reader, String path) {
        ImageReader.Inode inode = reader.root();
        for (String name : path.split("/")) {
            inode = reader.lookup(inode, name);
            assertThat(inode).as(path).isNotNull();
        }
        return inode;
    }

    private static void check(ImageReader reader, Extents extents, ImageEntry entry, ImageReader.Inode inode) {
        int type =
                switch (entry.kind()) {
                    case FILE -> 0100000;
                    case DIRECTORY -> 0040000;
                    case LINK -> 0120000;
                };
        assertThat(inode.mode()).as(entry.path()).isEqualTo(type | entry.mode());
        assertThat(List.of(inode.uid(), inode.gid(), inode.nanos()))
                .as(entry.path())
                .containsExactly(entry.uid(), entry.gid(), entry.modifiedNanos());
        assertThat(inode.seconds()).as(entry.path()).isEqualTo(entry.modifiedSeconds());
        if (entry.kind() == EntryKind.LINK) {
            assertThat(new String(reader.data(inode), StandardCharsets.UTF_8)).isEqualTo(entry.target());
        } else if (entry.kind() == EntryKind.FILE) {
            assertThat(inode.sizeBytes()).as(entry.path()).isEqualTo(entry.sizeBytes());
            for (long offset : new long[] {0, entry.sizeBytes() / 2, entry.sizeBytes() - 1}) {
                if (entry.sizeBytes() > 0) {
                    checkPlace(reader, extents, entry, inode, offset);
                }
            }
        }
    }

    private static void checkPlace(
            ImageReader reader, Extents extents, ImageEntry entry, ImageReader.Inode inode, long offset) {
        ImageReader.Chunk chunk = reader.chunk(inode, offset);
        Device device = extents.devices().get(chunk.device() - 1);
        assertThat(chunk.block()).as(entry.path()).isLessThan(device.blocks());
        assertThat(reader.deviceBlocks(chunk.device())).isEqualTo(device.blocks());
        if (!device.isShared()) {
            assertThat(device.reference()).isEqualTo(entry.reference());
            assertThat(chunk.block()).isEqualTo(offset / 4096);
            return;
        }
        long ordinal = extents.find(chunk.device(), chunk.block());
        assertThat(extents.reference(ordinal)).as(entry.path()).isEqualTo(entry.reference());
        assertThat(chunk.block() * 4096 - extents.startBytes(ordinal))
                .as(entry.path())
                .isEqualTo(offset / 4096 * 4096);
    }

    @Test
    void directoriesListAllTheyHaveInOrder() throws IOException {
        Map<String, ImageEntry> tree = odd();
        write(List.copyOf(tree.values()));
        ImageReader reader = new ImageReader(image());
        for (String path : List.of("a", "many", "a/empty", "deep/d/d/d")) {
            ImageReader.Inode directory = find(reader, path);
            List<String> expected = new ArrayList<>(List.of(".", ".."));
            tree.keySet().stream()
                    .filter(name -> name.startsWith(path + "/") && name.indexOf('/', path.length() + 1) < 0)
                    .forEach(name -> expected.add(name.substring(path.length() + 1)));
            expected.sort(BYTES);
            assertThat(new ArrayList<>(reader.list(directory).keySet())).isEqualTo(expected);
            int parents = path.lastIndexOf('/');
            ImageReader.Inode parent = parents < 0 ? reader.root() : find(reader, path.substring(0, parents));
            for (Map.Entry<String, Long> name : reader.list(directory).entrySet()) {
                if (name.getKey().equals(".")) {
                    assertThat(name.getValue()).isEqualTo(directory.node());
                } else if (name.getKey().equals("..")) {
                    assertThat(name.getValue()).as(path).isEqualTo(parent.node());
                }
            }
        }
        assertThat(find(reader, "a").links()).isEqualTo(3);
        assertThat(find(reader, "many").links()).isEqualTo(2);
        assertThat(reader.lookup(reader.root(), "a0")).isNull();
        assertThat(reader.lookup(reader.root(), "")).isNull();
    }

    @Test
    void aWalkGivesTheSameTreeAsPathsInOrder() throws IOException {
        Map<String, ImageEntry> walk = new TreeMap<>(WALK);
        walk.putAll(odd());
        write(List.copyOf(walk.values()));
        ImageReader reader = new ImageReader(image());
        try (Extents extents = Extents.open(folder.resolve("extents"))) {
            for (ImageEntry entry : walk.values()) {
                check(reader, extents, entry, find(reader, entry.path()));
            }
        }
    }

    @Test
    void theSameTreeGivesTheSameBytes() throws IOException {
        write(List.copyOf(odd().values()));
        byte[] once = Files.readAllBytes(image());
        write(List.copyOf(odd().values()));
        assertThat(Files.readAllBytes(image())).isEqualTo(once);
    }

    @Test
    void fsckAcceptsImages() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fsck.erofs")), "needs fsck.erofs");
        fsck(List.of());
        fsck(List.of(file("f", 1, 1)));
        fsck(List.copyOf(odd().values()));
        Random random = new Random(4);
        for (int round = 0; round < 5; round++) {
            Map<String, ImageEntry> tree = new TreeMap<>(BYTES);
            List<String> directories = new ArrayList<>(List.of(""));
            for (int i = 0; i < 300; i++) {
                String above = directories.get(random.nextInt(directories.size()));
                String path = above + "e".repeat(random.nextInt(180)) + i;
                if (random.nextInt(4) == 0) {
                    tree.put(path, directory(path));
                    directories.add(path + "/");
                } else {
                    tree.put(path, file(path, random.nextInt(9000), i));
                }
            }
            fsck(List.copyOf(tree.values()));
        }
    }

    private void fsck(List<ImageEntry> entries) throws IOException, InterruptedException {
        ImageWriter.Image written = write(entries);
        List<String> command = new ArrayList<>(List.of("/usr/bin/fsck.erofs", image().toString()));
        Path device = folder.resolve("device");
        Files.writeString(device, "");
        written.devices().forEach(_ -> command.add("--device=" + device));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void whatTheFormatCannotHoldIsRefusedAndNamed() {
        refused("before its directory", file("no/such", 1, 1));
        refused("16 TiB", file("huge", 16L << 40, 1));
        refused("255", file("n".repeat(256), 1, 1));
        refused("255", file("d/..", 1, 1));
        refused("out of order", file("b", 1, 1), file("a", 1, 2));
        refused("out of order", file("b", 1, 1), directory("b"));
        refused("4095", link("l", "t".repeat(4096)));
    }

    private void refused(String why, ImageEntry... entries) {
        assertThatThrownBy(() -> write(List.of(entries)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("'" + entries[entries.length - 1].path() + "'");
    }

    @Test
    void anotherDeviceFollowsWhenOneIsFull() throws IOException {
        ImageWriter.Image written = write(List.of(file("a", 15L << 40, 1), file("b", 2L << 40, 2), file("c", 1, 3)));
        assertThat(written.devices()).hasSize(2);
        ImageReader reader = new ImageReader(image());
        assertThat(reader.chunk(find(reader, "b"), 0)).isEqualTo(new ImageReader.Chunk(2, 0));
        assertThat(reader.chunk(find(reader, "c"), 0)).isEqualTo(new ImageReader.Chunk(2, 2L << 28));
        assertThat(reader.chunk(find(reader, "a"), (15L << 40) - 1))
                .isEqualTo(new ImageReader.Chunk(1, (15L << 28) - 1));
    }

    @Test
    void extentsThatWereNotCompletedAreRefused() throws IOException {
        write(List.of(file("f", 1, 1)));
        Path extents = folder.resolve("extents");
        byte[] all = Files.readAllBytes(extents);
        Files.write(extents, Arrays.copyOf(all, all.length - 1));
        assertThatThrownBy(() -> Extents.open(extents)).hasMessageContaining("not complete");
        Files.write(extents, new byte[0]);
        assertThatThrownBy(() -> Extents.open(extents)).hasMessageContaining("not complete");
        all[0] ^= 1;
        Files.write(extents, all);
        assertThatThrownBy(() -> Extents.open(extents)).hasMessageContaining("not complete");
    }
}

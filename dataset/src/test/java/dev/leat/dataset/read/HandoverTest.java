package dev.leat.dataset.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.file.FileSource;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.tree.Branch;
import dev.leat.dataset.tree.Freshness;
import dev.leat.dataset.tree.Node;
import dev.leat.dataset.tree.Tree;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreLimits;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is killed leaves its directories and open files to the next one, and that one to the one after it. */
class HandoverTest {
    @TempDir
    Path folder;

    @BeforeEach
    void someFiles() throws IOException {
        write("a/b/one", "the first");
        write("a/b/two", "the second");
        write("a/three", "the third");
    }

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve("src").resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    /** What a daemon has of a tree. Nothing of it is closed when it is killed. */
    private final class Daemon {
        final Tree tree;
        final OpenFiles files;
        final Handover handover;

        Daemon(int generation) throws IOException {
            BranchOrigin origin = new BranchOrigin((_, source) -> source);
            tree = new Tree(null, generation);
            TieredCache cache = BlobCaches.open("test", List.of(), origin, new BufferPool(16 << 20));
            files = new OpenFiles(cache, origin::blob, generation);
            FileSource source = new FileSource(folder.resolve("src"), StoreLimits.NONE, RetryPolicy.DEFAULT);
            Branch branch = new Branch(0, "source", "", source, Freshness.DEFAULT, null);
            origin.attach(branch);
            var _ = tree.attach(branch);
            Path left = folder.resolve("handover");
            handover = generation == 0 ? Handover.create(left) : Handover.resume(left, tree, files);
            files.handover(handover);
        }

        /** As the kernel looks a path up. */
        Node find(String path) throws IOException {
            Node at = tree.root();
            for (String name : path.split("/")) {
                at = Objects.requireNonNull(tree.lookup(at, name), path);
                assertThat(tree.lookedUp(at)).isTrue();
                if (at.isDirectory()) {
                    handover.directory(at);
                }
            }
            return at;
        }

        long open(String path) throws IOException {
            Node node = find(path);
            Facts version = Objects.requireNonNull(tree.open(node));
            return Objects.requireNonNull(files.open(node, version)).handle();
        }

        String read(long handle) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment to = arena.allocate(100);
                int got = files.read(handle, 0, to, 100);
                return got < 0
                        ? "EBADF"
                        : new String(to.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            }
        }
    }

    @Test
    void openFilesAreReadOn() throws Exception {
        Daemon first = new Daemon(0);
        long one = first.open("a/b/one");
        long two = first.open("a/b/two");
        long three = first.open("a/three");
        first.files.release(two);
        Daemon second = new Daemon(1);
        assertThat(second.read(one)).isEqualTo("the first");
        assertThat(second.read(two)).isEqualTo("EBADF");
        assertThat(second.read(three)).isEqualTo("the third");
        assertThat(second.files.open()).isEqualTo(2);
        assertThat(second.open("a/b/two")).isNotIn(one, two, three);
        second.files.release(three);
        Daemon third = new Daemon(2);
        assertThat(third.read(one)).isEqualTo("the first");
        assertThat(third.read(three)).isEqualTo("EBADF");
        assertThat(third.files.open()).isEqualTo(2);
    }

    @Test
    void directoriesKeepTheirNumbersAndFilesGetNewOnes() throws Exception {
        Daemon first = new Daemon(0);
        Node directory = first.find("a/b");
        Node file = first.find("a/b/one");
        Daemon second = new Daemon(1);
        Node again = Objects.requireNonNull(second.tree.node(directory.id()));
        assertThat(again.path()).isEqualTo("a/b");
        assertThat(again.ino()).isEqualTo(directory.ino());
        assertThat(second.tree.node(file.id())).isNull();
        assertThat(second.find("a/b")).isSameAs(again);
        Node other = second.find("a/b/one");
        assertThat(other.id()).isNotEqualTo(file.id());
        assertThat(other.ino()).isEqualTo(file.ino());
        Daemon third = new Daemon(2);
        assertThat(Objects.requireNonNull(third.tree.node(directory.id())).path())
                .isEqualTo("a/b");
    }

    @Test
    void anOpenFileKeepsItsNumberAndItsVersion() throws Exception {
        Daemon first = new Daemon(0);
        long handle = first.open("a/b/one");
        Node file = first.find("a/b/one");
        Daemon second = new Daemon(1);
        assertThat(second.tree.node(file.id())).isSameAs(second.files.node(handle));
        write("a/b/one", "another version");
        Node other = second.find("a/b/one");
        assertThat(other.id()).isNotEqualTo(file.id());
        assertThat(Objects.requireNonNull(second.files.node(handle)).isGone()).isTrue();
        assertThat(second.read(second.open("a/b/one"))).isEqualTo("another version");
    }

    @Test
    void manyAreKeptAndTheirRowsUsedAgain() throws Exception {
        Daemon first = new Daemon(0);
        for (int i = 0; i < 300; i++) {
            write("many/" + "n".repeat(200) + i, "file " + i);
        }
        long[] handles = new long[300];
        for (int i = 0; i < 300; i++) {
            handles[i] = first.open("many/" + "n".repeat(200) + i);
        }
        for (int i = 0; i < 300; i += 2) {
            first.files.release(handles[i]);
        }
        Daemon second = new Daemon(1);
        for (int i = 0; i < 300; i++) {
            assertThat(second.read(handles[i])).isEqualTo(i % 2 == 0 ? "EBADF" : "file " + i);
        }
        for (int i = 0; i < 300; i += 2) {
            handles[i] = second.open("many/" + "n".repeat(200) + i);
        }
        Daemon third = new Daemon(2);
        for (int i = 0; i < 300; i++) {
            assertThat(third.read(handles[i])).isEqualTo("file " + i);
        }
        // Nothing was added: the second daemon's files lie where the first one's were.
        try (Arena arena = Arena.ofConfined();
                var channel = FileChannel.open(folder.resolve("handover/files"))) {
            assertThat(channel.map(FileChannel.MapMode.READ_ONLY, 0, 8, arena).get(ValueLayout.JAVA_LONG, 0))
                    .isEqualTo(300);
        }
    }
}

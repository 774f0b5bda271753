package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.fuse.wire.Fuse;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes behind the kernel's back become visible when it is told, and not before. */
class NotifierTest {
    private MemoryFs fs;
    private MountFixture mounted;
    private Notifier notifier;

    @BeforeEach
    void mount() throws IOException {
        fs = new MemoryFs();
        fs.openFlags = Fuse.FOPEN_KEEP_CACHE;
        mounted = MountFixture.mount(fs, SessionOptions.defaults());
        notifier = mounted.session().notifier();
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
    }

    private void overwrite(MemoryNode node, String text) {
        fs.locked(() -> {
            node.data = text.getBytes(UTF_8);
            node.size = node.data.length;
            return node;
        });
    }

    @Test
    void contentAndAttributes() throws IOException {
        MemoryNode node = fs.put("a", "first".getBytes(UTF_8));
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        overwrite(node, "other");
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        assertThat(notifier.invalInode(node.ino, 0, 0)).isTrue();
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("other");
        assertThat(notifier.invalInode(987_654, 0, 0)).isFalse();
    }

    @Test
    void names() throws IOException {
        fs.put("a", "first".getBytes(UTF_8));
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        fs.put("a", "second".getBytes(UTF_8));
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        assertThat(notifier.invalEntry(1, "a".getBytes(UTF_8))).isTrue();
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("second");
        fs.put("a", "third".getBytes(UTF_8));
        assertThat(notifier.expireEntry(1, "a".getBytes(UTF_8))).isTrue();
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("third");
        assertThat(notifier.invalEntry(1, "unknown".getBytes(UTF_8))).isFalse();
        long child = (Long) Files.getAttribute(mounted.path("a"), "unix:ino");
        fs.locked(() -> fs.root.children.keySet().remove("a"));
        assertThat(mounted.path("a")).exists();
        assertThat(notifier.delete(1, child, "a".getBytes(UTF_8))).isTrue();
        assertThat(mounted.path("a")).doesNotExist();
    }

    @Test
    void everyNameAtOnce() throws IOException {
        fs.put("a", "first".getBytes(UTF_8));
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        fs.put("a", "second".getBytes(UTF_8));
        if (notifier.incrementEpoch()) {
            assertThat(Files.readString(mounted.path("a"))).isEqualTo("second");
        } else {
            assertThat(mounted.session().negotiated().minor()).isLessThan(44);
        }
    }

    @Test
    void unusedNodesAreForgotten() throws Exception {
        MemoryNode node = fs.put("a", "first".getBytes(UTF_8));
        assertThat(Files.readString(mounted.path("a"))).isEqualTo("first");
        if (notifier.prune(node.ino)) {
            MountFixture.await("the node is forgotten", () -> fs.forgotten.get() > 0);
        } else {
            assertThat(mounted.session().negotiated().minor()).isLessThan(45);
        }
    }

    @Test
    void pagesArePushedAndFetchedBack() throws Exception {
        MemoryNode node = fs.put("a", new byte[4096]);
        assertThat(Files.size(mounted.path("a"))).isEqualTo(4096);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pushed = arena.allocate(4096).fill((byte) 'x');
            assertThat(notifier.store(node.ino, 0, pushed)).isTrue();
            assertThat(Files.readString(mounted.path("a"))).isEqualTo("x".repeat(4096));
            assertThat(mounted.count("READ")).isZero();
            assertThat(notifier.store(987_654, 0, pushed)).isFalse();
        }
        byte[] back = notifier.retrieve(node.ino, 0, 4096).get(60, TimeUnit.SECONDS);
        assertThat(new String(back, UTF_8)).isEqualTo("x".repeat(4096));
        assertThatThrownBy(() -> notifier.retrieve(987_654, 0, 10).get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("ENOENT");
    }
}

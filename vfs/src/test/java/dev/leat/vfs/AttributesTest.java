package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.SetAttr;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel is told of files that change while it asks: it may keep the answer for long. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
class AttributesTest {
    @TempDir
    Path folder;

    private TestVolume volume;
    private TestClient client;

    @BeforeEach
    void format() throws Exception {
        volume = new TestVolume(folder, 1);
        client = volume.client(ClosePolicy.FLUSH);
        await("the feed is fresh", client.meta::feedFresh);
    }

    @AfterEach
    void end() {
        volume.close();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private void publish(long handle) {
        try {
            client.close(handle);
        } catch (FsException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsPublishedWhileAttributesAreReadIsInThem() throws Exception {
        for (int i = 0; i < 2; i++) {
            Vfs.Created made = client.create("f" + i, TestClient.WRITE);
            long handle = made.opened().handle();
            client.write(handle, 0, new byte[5_000]);
            client.engine.beforeReply(() -> publish(handle));
            Attr attr = i == 0
                    ? client.vfs.getattr(made.entry().ino())
                    : client.vfs.lookup(MetaFs.ROOT, Name.of("f1")).attr();
            assertThat(attr.sizeBytes()).isEqualTo(5_000);
        }
    }

    @Test
    void aRowThatMayHaveChangedSinceItsPageWasReadHasNoAttributes() throws Exception {
        long[] inos = new long[6];
        for (int i = 0; i < inos.length; i++) {
            Vfs.Created made = client.create("f" + i, TestClient.WRITE);
            inos[i] = made.entry().ino();
            client.close(made.opened().handle());
        }
        TestClient other = volume.client(ClosePolicy.FLUSH);
        long listing = client.vfs.openDirectory(MetaFs.ROOT);
        assertThat(attr(listing, 0)).isEqualTo(client.vfs.getattr(inos[0]));
        client.meta.unlink(MetaFs.ROOT, Name.of("f1"), Caller.ROOT);
        long handle = client.open(inos[2], TestClient.WRITE);
        client.write(handle, 0, new byte[5_000]);
        client.close(handle);
        client.meta.link(inos[3], MetaFs.ROOT, Name.of("g"), Caller.ROOT);
        SetAttr mode = new SetAttr(0600, null, null, null, null, null, false);
        other.meta.setattr(inos[4], mode, Caller.ROOT);
        await("the change by another client is heard of", () -> attr(listing, 4) == null);
        assertThat(attr(listing, 1)).isNull();
        assertThat(attr(listing, 2)).isNull();
        assertThat(attr(listing, 3)).isNull();
        assertThat(attr(listing, 5)).isEqualTo(client.vfs.getattr(inos[5]));
        client.vfs.rewind(listing);
        for (int i = 0; i < 5; i++) {
            assertThat(attr(listing, i)).isNotNull();
        }
        client.vfs.releaseDirectory(listing);
    }

    private @Nullable Attr attr(long listing, long ordinal) throws IOException {
        DirEntry row = client.vfs.row(listing, ordinal);
        assertThat(row).isNotNull();
        return row.attr();
    }
}

package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.SetAttr;
import dev.leat.testing.Await;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel is told of files that change while it asks: it may keep attributes and pages for long. */
@Timeout(300)
@SuppressWarnings("NullAway.Init") // Made before each test.
class KernelMemoryTest {
    @TempDir
    Path folder;

    private TestVolume volume;
    private TestClient client;

    @BeforeEach
    void format() throws Exception {
        volume = new TestVolume(folder, 1);
        client = volume.client(ClosePolicy.FLUSH);
        Await.until("the feed is fresh", client.meta::feedFresh);
    }

    @AfterEach
    void end() {
        volume.close();
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
        Await.until("the change by another client is heard of", () -> attr(listing, 4) == null);
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

    @Test
    void pagesAreNotVouchedForBeforeTheKernelHasDroppedTheOldOnes() throws Exception {
        TestClient other = volume.client(ClosePolicy.FLUSH);
        Vfs.Created made = client.create("f", TestClient.WRITE);
        long ino = made.entry().ino();
        client.close(made.opened().handle());
        assertThat(keeps(ino)).isTrue();
        long theirs = other.open(ino, TestClient.WRITE);
        other.write(theirs, 0, new byte[5_000]);
        other.close(theirs);
        long first = open(ino, false);
        // The answer to that open may be on its way: whoever opens, or gets a lock, now must not read what is old.
        long second = open(ino, false);
        AtomicInteger drops = new AtomicInteger();
        client.vfs.revalidate(ino, drops::incrementAndGet);
        assertThat(drops).hasValue(1);
        client.vfs.revalidate(ino, drops::incrementAndGet);
        assertThat(drops).hasValue(1);
        client.close(first);
        client.close(second);
        assertThat(keeps(ino)).isTrue();
    }

    @Test
    void pagesAreVouchedForOnceTheHandleIsUsed() throws Exception {
        TestClient other = volume.client(ClosePolicy.FLUSH);
        long theirs = other.create("f", TestClient.WRITE).opened().handle();
        other.write(theirs, 0, new byte[5_000]);
        other.close(theirs);
        long ino = client.meta.lookup(MetaFs.ROOT, Name.of("f")).ino();
        long first = open(ino, false);
        client.vfs.release(open(ino, false));
        assertThat(keeps(ino)).isFalse();
        client.read(first, 0, 100);
        assertThat(keeps(ino)).isTrue();
        client.close(first);
    }

    private long open(long ino, boolean keepCache) throws FsException {
        Vfs.Opened opened = client.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        assertThat(opened.keepCache()).isEqualTo(keepCache);
        return opened.handle();
    }

    /** Whether an open lets the kernel keep its pages; the handle is not used. */
    private boolean keeps(long ino) throws FsException {
        Vfs.Opened opened = client.vfs.open(ino, TestClient.READ, false, Caller.ROOT);
        client.vfs.release(opened.handle());
        return opened.keepCache();
    }

    private @Nullable Attr attr(long listing, long ordinal) throws IOException {
        DirEntry row = client.vfs.row(listing, ordinal);
        assertThat(row).isNotNull();
        return row.attr();
    }
}

package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.SetAttr;
import dev.leat.vfs.VfsOptions.ClosePolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client goes on where another one stopped in the middle. */
final class ResumptionTest {
    @TempDir
    private Path folder = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private TestVolume volume;

    @BeforeEach
    void format() throws Exception {
        volume = new TestVolume(folder, 1);
    }

    @AfterEach
    void close() {
        volume.close();
    }

    @Test
    void whatWasWrittenAndNotPublishedIsThereUnderTheSameHandles() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TestClient client = volume.journaledClient();
        Vfs.Created made = client.create("f", TestClient.READ_WRITE);
        long ino = made.entry().ino();
        long handle = made.opened().handle();
        long reader = client.open(ino, TestClient.READ);
        byte[] content = new byte[0];
        for (int life = 0; life < 6; life++) {
            for (int i = 0; i < 30; i++) {
                int what = random.nextInt(10);
                int at = random.nextInt(300_000);
                if (what == 0) {
                    client.vfs.fsync(handle);
                } else if (what == 1) {
                    client.vfs.setattr(ino, SetAttr.size((long) at), Caller.ROOT);
                    content = Arrays.copyOf(content, at);
                } else {
                    byte[] piece = new byte[1 + random.nextInt(60_000)];
                    random.nextBytes(piece);
                    client.write(handle, at, piece);
                    content = Arrays.copyOf(content, Math.max(content.length, at + piece.length));
                    System.arraycopy(piece, 0, content, at, piece.length);
                }
            }
            client = volume.goOn(client);
            assertThat(client.read(reader, 0, 1 << 20))
                    .as("seed %s, life %s", seed, life)
                    .isEqualTo(content);
            assertThat(client.vfs.getattr(ino).sizeBytes()).isEqualTo(content.length);
        }
        client.close(handle);
        client.vfs.release(reader);
        assertThat(volume.client(ClosePolicy.FLUSH).content(ino))
                .as("seed %s", seed)
                .isEqualTo(content);
        assertThat(client.vfs.stats().files()).isZero();
    }

    @Test
    void whatWasAppendedIsThereOnce() throws Exception {
        TestClient client = volume.journaledClient();
        Vfs.Created made = client.create("log", TestClient.APPEND);
        long ino = made.entry().ino();
        long handle = made.opened().handle();
        byte[] line = new byte[3_000];
        for (int life = 0; life < 5; life++) {
            Arrays.fill(line, (byte) ('a' + life));
            client.write(handle, client.vfs.getattr(ino).sizeBytes(), line);
            if (life % 2 == 0) {
                client.vfs.fsync(handle);
                client.write(handle, client.vfs.getattr(ino).sizeBytes(), line);
            }
            client = volume.goOn(client);
        }
        client.close(handle);
        assertThat(client.content(ino)).hasSize(8 * 3_000);
    }

    @Test
    void aFileWithoutANameLivesOn() throws Exception {
        TestClient client = volume.journaledClient();
        Vfs.Created made = client.create("gone", TestClient.READ_WRITE);
        long handle = made.opened().handle();
        client.write(handle, 0, new byte[5_000]);
        client.meta.unlink(MetaFs.ROOT, Name.of("gone"), Caller.ROOT);
        client = volume.goOn(client);
        assertThat(client.read(handle, 0, 10_000)).hasSize(5_000);
        client.write(handle, 5_000, new byte[5_000]);
        client = volume.goOn(client);
        assertThat(client.read(handle, 0, 20_000)).hasSize(10_000);
        client.close(handle);
        assertThat(client.vfs.stats().files()).isZero();
    }

    @Test
    void aListingGoesOnAfterTheLastPage() throws Exception {
        TestClient client = volume.journaledClient();
        int files = 2_500;
        for (int i = 0; i < files; i++) {
            client.meta.create(MetaFs.ROOT, Name.of("%05d".formatted(i)), NewNode.file(0644, 0), Caller.ROOT);
        }
        long directory = client.vfs.openDirectory(MetaFs.ROOT);
        List<Name> told = new ArrayList<>();
        for (int i = 0; i < 1_300; i++) {
            DirEntry row = client.vfs.row(directory, i);
            assertThat(row).isNotNull();
            if (row != null) {
                told.add(row.name());
            }
        }
        // What goes from an earlier page must not move what comes.
        for (int i = 0; i < 100; i++) {
            client.meta.unlink(MetaFs.ROOT, Name.of("%05d".formatted(i)), Caller.ROOT);
        }
        client = volume.goOn(client);
        for (DirEntry row = client.vfs.row(directory, told.size());
                row != null;
                row = client.vfs.row(directory, told.size())) {
            told.add(row.name());
        }
        assertThat(told).doesNotHaveDuplicates().hasSize(files);
        client.vfs.releaseDirectory(directory);
    }
}

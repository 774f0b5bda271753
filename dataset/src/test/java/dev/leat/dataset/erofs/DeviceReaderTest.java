package dev.leat.dataset.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BlobSource;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TieredCache;
import dev.leat.dataset.source.EntryKind;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Any range of a shared device is the files' bytes at their places, and zeros between. */
@Timeout(60)
class DeviceReaderTest {
    private static final int[] SIZES = {1, 4096, 4095, 4097, 2_000_000, 12_288, 3, 1_048_576, 5};
    private static final int MOST_BYTES = 1 << 20;

    @TempDir
    private Path folder;

    /** Files whose bytes follow from their number and the offset. */
    private static final class Numbers implements SealedTree, BlobSource {
        private long bad = -1;

        static byte at(long file, long offset) {
            return (byte) (1 + Math.floorMod(file * 31 + offset * 7 + offset / 4096, 251));
        }

        @Override
        public String identity() {
            return "00";
        }

        @Override
        public ImageEntry root() {
            return new ImageEntry("", EntryKind.DIRECTORY, 0755, 0, 0, 0, 0, 0, null, -1);
        }

        @Override
        public void entries(Sink sink) throws IOException {
            for (int i = 0; i < SIZES.length; i++) {
                sink.take(new ImageEntry("f" + i, EntryKind.FILE, 0644, 0, 0, SIZES[i], 0, 0, null, i));
            }
        }

        @Override
        public Blob blob(long reference) {
            return new Blob(new BlobId(9, reference), "f" + reference, SIZES[(int) reference], "v");
        }

        @Override
        public void read(Blob blob, long offset, MemorySegment to, long toOffset, int length) throws IOException {
            long file = blob.id().sequence();
            if (file == bad) {
                throw new IOException(blob.key() + " is gone");
            }
            for (int i = 0; i < length; i++) {
                to.set(ValueLayout.JAVA_BYTE, toOffset + i, at(file, offset + i));
            }
        }
    }

    @Test
    void everyRangeIsTheFilesAndZerosBetween() throws IOException {
        Numbers files = new Numbers();
        int flags = Open.RDWR | Open.CREAT | Open.EXCL;
        try (FileHandle image = FileHandle.open(folder.resolve("image"), flags, 0600);
                FileHandle extents = FileHandle.open(folder.resolve("extents"), flags, 0600);
                ImageWriter writer = new ImageWriter(image, extents, files.root(), folder)) {
            files.entries(writer::add);
            writer.finish(new UUID(0, 0), 0);
        }
        BufferPool pool = new BufferPool(32L << 20);
        try (Extents extents = Extents.open(folder.resolve("extents"));
                TieredCache cache = BlobCaches.open("numbers", List.of(), files, pool);
                Arena arena = Arena.ofConfined()) {
            DeviceReader reader = new DeviceReader(extents, files, cache);
            byte[] expected = device(extents);
            MemorySegment to = arena.allocate(MOST_BYTES);
            files.bad = 3;
            long at = extents.startBytes(3);
            assertThatThrownBy(() -> reader.read(1, at, to, 4096)).hasMessageContaining("f3 is gone");
            assertThat(reader.path(1, at)).isEqualTo("f3");
            reader.read(1, 0, to, 4096);
            files.bad = -1;
            Random random = new Random(3);
            for (int round = 0; round < 300; round++) {
                int offset = random.nextInt(expected.length / 4096) * 4096;
                int length = Math.min(expected.length - offset, (1 + random.nextInt(40)) * 4096);
                to.fill((byte) 0x7f);
                if (!reader.tryRead(1, offset, to, length)) {
                    reader.read(1, offset, to, length);
                }
                assertThat(to.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE))
                        .as("at " + offset)
                        .isEqualTo(Arrays.copyOfRange(expected, offset, offset + length));
            }
        }
    }

    private static byte[] device(Extents extents) {
        byte[] all = new byte[(int) extents.devices().getFirst().sizeBytes()];
        for (int file = 0; file < SIZES.length; file++) {
            for (int i = 0; i < SIZES[file]; i++) {
                all[(int) extents.startBytes(file) + i] = Numbers.at(file, i);
            }
        }
        return all;
    }
}

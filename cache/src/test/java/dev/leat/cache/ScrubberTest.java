package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.store.Blob;
import dev.leat.sys.FsStat;
import dev.leat.testing.Requires;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that does not keep what was written is found out, and only what it lost is fetched again. */
final class ScrubberTest {
    private static final int MIB = 1 << 20;
    private static final long UNLIMITED = Long.MAX_VALUE;

    @TempDir
    Path directory;

    private final Bytes origin = new Bytes();
    private final BufferPool pool = new BufferPool(64L * MIB);
    private final Blob large = Bytes.blob(1, 9L * MIB + 100);
    private final Blob small = Bytes.blob(2, 100_000);

    @BeforeEach
    void disk() throws IOException {
        Requires.that(
                dev.leat.sys.Fs.statfs(directory).type() != FsStat.TMPFS,
                "temporary files on a disk: what lies in memory is not scrubbed");
    }

    private TieredCache filled() throws IOException {
        TierSpec spec = TierSpec.of(Medium.SSD, List.of(directory), 64L * MIB);
        TieredCache cache = BlobCaches.open("scrub", List.of(spec), origin, pool);
        cache.warm(large, 0, large.sizeBytes());
        cache.warm(small, 0, small.sizeBytes());
        cache.settle();
        return cache;
    }

    private void rot(String file, long offset) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            Path path = files.filter(Files::isRegularFile)
                    .filter(each -> each.toString().contains(file))
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), offset);
                channel.force(true);
            }
        }
    }

    private void readsRight(TieredCache cache, Blob blob) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment to = arena.allocate(blob.sizeBytes());
            cache.read(blob, 0, to, 0, (int) blob.sizeBytes());
            assertThat(Bytes.wrong(blob, 0, to, 0, (int) blob.sizeBytes())).isEqualTo(-1);
        }
    }

    @Test
    void whatIsAsItWasWrittenStays() throws Exception {
        try (TieredCache cache = filled()) {
            cache.scrubberAt(UNLIMITED).round();
            assertThat(cache.stats().corruptPages()).isZero();
            assertThat(cache.stats().scrubbedBytes()).isGreaterThanOrEqualTo(large.sizeBytes() + small.sizeBytes());
            long fetched = cache.stats().fetchedBytes();
            readsRight(cache, large);
            readsRight(cache, small);
            assertThat(cache.stats().fetchedBytes()).isEqualTo(fetched);
        }
    }

    @Test
    void whatRottedIsFetchedAgain() throws Exception {
        try (TieredCache cache = filled()) {
            rot("/own/", 5L * MIB);
            rot("/own/", 9L * MIB + 90);
            rot("shared-", 8 + pageOfSmall(cache));
            cache.scrubberAt(UNLIMITED).round();
            assertThat(cache.stats().corruptPages()).isEqualTo(3);
            long fetched = cache.stats().fetchedBytes();
            readsRight(cache, large);
            readsRight(cache, small);
            assertThat(cache.stats().fetchedBytes() - fetched).isLessThan(MIB);
            cache.settle();
            cache.scrubberAt(UNLIMITED).round();
            assertThat(cache.stats().corruptPages()).isEqualTo(3);
        }
    }

    /** Where the small blob begins in its segment file. */
    private long pageOfSmall(TieredCache cache) {
        CacheDirectory only = cache.tiers().getFirst().directories()[0];
        long place = only.members.findExactly(small.id().session(), small.id().sequence());
        return SharedFiles.offset(MemberTable.slot(place))
                + ((long) MemberTable.firstPage(place) << Geometry.SMALL_PAGE_SHIFT);
    }

    @Test
    void itEndsWithTheCache() throws Exception {
        TieredCache cache = filled();
        cache.scrub(1);
        cache.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("cache-scrubber"));
    }
}

package dev.leat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a loan promises: the file is the blob, and stays it, whatever the cache needs space for. */
@Timeout(120)
class LendingTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(16 * MIB);
    private final BufferPool pool = new BufferPool(64L * MIB);
    private final List<FileChannel> taken = new ArrayList<>();
    private @Nullable TieredCache open;

    @AfterEach
    void close() throws IOException {
        for (FileChannel channel : taken) {
            channel.close();
        }
        if (open != null) {
            open.close();
        }
        arena.close();
    }

    private TieredCache cache(long quotaBytes) throws IOException {
        TierSpec spec = new TierSpec(Medium.SSD, List.of(directory), quotaBytes, 0.95, 0.7, 0, 1000);
        TieredCache cache = BlobCaches.open("lending", List.of(spec), new Bytes(), pool);
        open = cache;
        return cache;
    }

    private static void warm(TieredCache cache, Blob blob) throws IOException {
        cache.warm(blob, 0, blob.sizeBytes());
    }

    /** Borrows a blob and keeps its file open, as the kernel does. */
    private @Nullable Loan lend(TieredCache cache, Blob blob) throws IOException {
        return cache.lend(
                blob,
                fd -> taken.add(
                        FileChannel.open(Path.of("/proc/self/fd", Integer.toString(fd)), StandardOpenOption.READ)));
    }

    private Loan lent(TieredCache cache, Blob blob) throws IOException {
        return Objects.requireNonNull(lend(cache, blob), "no loan");
    }

    private void checkTaken(Blob blob) throws IOException {
        FileChannel channel = taken.getLast();
        assertThat(channel.size()).isEqualTo(blob.sizeBytes());
        int length = (int) blob.sizeBytes();
        assertThat(channel.read(buffer.asSlice(0, length).asByteBuffer(), 0)).isEqualTo(length);
        assertThat(Bytes.wrong(blob, 0, buffer, 0, length)).isEqualTo(-1);
    }

    private int files() throws IOException {
        int count = 0;
        try (var walk = Files.walk(directory)) {
            for (Path path : walk.toList()) {
                count += path.getFileName().toString().length() == 32 && Files.isRegularFile(path) ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void onlyAWholeCopyOfALargeBlobIsLent() throws IOException {
        TieredCache cache = cache(256L * MIB);
        Blob large = Bytes.blob(1, 9L * MIB + 5);
        Blob small = Bytes.blob(2, 3L * MIB);
        warm(cache, small);
        assertThat(lend(cache, large)).isNull();
        cache.warm(large, 0, 9L * MIB);
        assertThat(lend(cache, large)).as("the last page is missing").isNull();
        warm(cache, large);
        assertThat(lend(cache, small)).as("shares a file with others").isNull();
        try (Loan loan = lent(cache, large)) {
            checkTaken(large);
            assertThat(loan.sizeBytes()).isEqualTo(large.sizeBytes());
            assertThat(cache.stats().directories().getFirst().lentBytes()).isEqualTo(large.sizeBytes());
            lent(cache, large).close();
            assertThat(cache.stats().directories().getFirst().lentBytes()).isEqualTo(large.sizeBytes());
        }
        assertThat(cache.stats().directories().getFirst().lentBytes()).isZero();
    }

    @Test
    void aPaddedLoanIsWholeBlocksAndTheNextOneIsTheBlobAgain() throws IOException {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 5L * MIB + 5);
        warm(cache, blob);
        try (Loan loan = Objects.requireNonNull(cache.lendPadded(blob), "no loan")) {
            assertThat(loan.sizeBytes()).isEqualTo(blob.sizeBytes());
            byte[] bytes = Files.readAllBytes(loan.path());
            assertThat(bytes).hasSize(5 * MIB + 4096);
            for (int i = (int) blob.sizeBytes(); i < bytes.length; i++) {
                assertThat(bytes[i]).isZero();
            }
            MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, (int) blob.sizeBytes());
            assertThat(Bytes.wrong(blob, 0, buffer, 0, (int) blob.sizeBytes())).isEqualTo(-1);
            assertThat(lend(cache, blob)).as("is lent in the other way").isNull();
            cache.evict(blob.id());
            assertThat(Files.size(loan.path())).isEqualTo(bytes.length);
        }
        // The next daemon finds it padded, and takes it.
        cache.close();
        TieredCache next = cache(256L * MIB);
        assertThat(next.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
        try (Loan loan = lent(next, blob)) {
            checkTaken(blob);
            assertThat(next.lendPadded(blob)).as("is lent in the other way").isNull();
            assertThat(Files.size(loan.path())).isEqualTo(blob.sizeBytes());
        }
    }

    @Test
    void aTakerThatFailsLeavesNoLoan() throws IOException {
        TieredCache cache = cache(256L * MIB);
        Blob blob = Bytes.blob(1, 4L * MIB);
        warm(cache, blob);
        assertThatThrownBy(() -> cache.lend(blob, fd -> {
                    throw new IOException("not wanted");
                }))
                .hasMessage("not wanted");
        assertThat(cache.stats().directories().getFirst().lentBytes()).isZero();
        cache.evict(blob.id());
        assertThat(cache.cachedBytes(blob)).isZero();
    }

    @Test
    void aLentFileStaysWhileTheCacheIsFilledManyTimesOver() throws IOException {
        TieredCache cache = cache(32L * MIB);
        Blob blob = Bytes.blob(1, 8L * MIB);
        warm(cache, blob);
        try (Loan loan = lent(cache, blob)) {
            for (int i = 2; i < 40; i++) {
                warm(cache, Bytes.blob(i, 8L * MIB));
                cache.settle();
            }
            cache.evict(blob.id());
            assertThat(cache.stats().evictions()).as("evictions").isGreaterThan(20);
            assertThat(cache.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
            checkTaken(blob);
            assertThat(loan.sizeBytes()).isEqualTo(blob.sizeBytes());
        }
        cache.evict(blob.id());
        assertThat(cache.cachedBytes(blob)).isZero();
    }

    @Test
    void aFileThatWasLentIsDeletedNotWrittenOver() throws IOException {
        TieredCache cache = cache(32L * MIB);
        Blob blob = Bytes.blob(1, 8L * MIB);
        warm(cache, blob);
        lent(cache, blob).close();
        for (int i = 2; i < 40; i++) {
            warm(cache, Bytes.blob(i, 8L * MIB));
            cache.settle();
        }
        assertThat(cache.cachedBytes(blob)).as("evicted like others").isZero();
        // The channel stands for a program that has mapped the file and closed it.
        checkTaken(blob);
        cache.settle();
        assertThat(cache.stats().directories().getFirst().allocatedBytes()).isLessThanOrEqualTo(32L * MIB);
    }

    @Test
    void aFullFileSystemTakesNothingFromALentFile() throws IOException {
        TieredCache cache = cache(64L * MIB);
        Blob lent = Bytes.blob(1, 8L * MIB);
        Blob other = Bytes.blob(2, 8L * MIB);
        warm(cache, lent);
        warm(cache, other);
        CacheDirectory dir = cache.tiers().getFirst().directories()[0];
        try (Loan loan = lent(cache, lent)) {
            dir.writeFailed(new dev.leat.sys.ErrnoException(dev.leat.sys.Errno.ENOSPC, "on purpose"), "a file");
            for (int i = 0; i < 20; i++) {
                cache.settle();
            }
            assertThat(cache.cachedBytes(other)).as("gave way").isZero();
            assertThat(cache.cachedBytes(lent)).isEqualTo(loan.sizeBytes());
            checkTaken(lent);
        }
    }

    @Test
    void noMoreIsLentThanTheHighWatermark() throws IOException {
        TieredCache cache = cache(32L * MIB);
        List<Loan> loans = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            Blob blob = Bytes.blob(i, 8L * MIB);
            warm(cache, blob);
            Loan loan = lend(cache, blob);
            if (loan != null) {
                loans.add(loan);
            }
        }
        assertThat(loans).hasSize(3);
        // Somebody else still finds room.
        cache.evict(Bytes.blob(4, 8L * MIB).id());
        Blob next = Bytes.blob(9, 4L * MIB);
        warm(cache, next);
        assertThat(cache.cachedBytes(next)).isEqualTo(next.sizeBytes());
        loans.forEach(Loan::close);
    }

    @Test
    void theNextOwnerOfTheFolderKnowsWhatWasLent() throws IOException {
        TieredCache cache = cache(32L * MIB);
        Blob blob = Bytes.blob(1, 8L * MIB);
        warm(cache, blob);
        Loan left = lent(cache, blob);
        cache.close();
        assertThat(left.sizeBytes()).isPositive();
        TieredCache next = cache(32L * MIB);
        assertThat(next.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
        for (int i = 2; i < 40; i++) {
            warm(next, Bytes.blob(i, 8L * MIB));
            next.settle();
        }
        assertThat(next.cachedBytes(blob)).isZero();
        checkTaken(blob);
    }

    @Test
    void aLentFileOfWhichTheIndexLacksAPartIsDeleted() throws IOException {
        TieredCache cache = cache(32L * MIB);
        Blob blob = Bytes.blob(1, 8L * MIB);
        warm(cache, blob);
        lent(cache, blob).close();
        cache.close();
        Path index = folder().resolve("index");
        try (FileChannel file = FileChannel.open(index, StandardOpenOption.WRITE)) {
            // The record of the second unit, as if it had not been written before a kill.
            file.write(java.nio.ByteBuffer.allocate(IndexFiles.RECORD_BYTES), 4096 + 2L * IndexFiles.RECORD_BYTES);
        }
        TieredCache next = cache(32L * MIB);
        next.settle();
        assertThat(next.cachedBytes(blob)).isZero();
        assertThat(files()).as("segment files").isZero();
        checkTaken(blob);
        warm(next, blob);
        assertThat(next.cachedBytes(blob)).isEqualTo(blob.sizeBytes());
        checkTaken(blob);
    }

    @Test
    void nothingThatWaitsToBeCheckedIsLent() throws IOException {
        TieredCache cache = cache(32L * MIB);
        Blob blob = Bytes.blob(1, 8L * MIB);
        warm(cache, blob);
        CacheDirectory dir = cache.tiers().getFirst().directories()[0];
        long unit = Objects.requireNonNull(dir.files.get(blob.id())).units.get(1);
        dir.suspects.add(OwnFile.slot(unit));
        assertThat(lend(cache, blob)).isNull();
        cache.read(blob, 4L * MIB, buffer, 0, 4 * MIB);
        lent(cache, blob).close();
        checkTaken(blob);
    }

    @Test
    void filesKeepTheirBytesWhileTheCacheIsFilledAndEvictedBesideThem() throws Exception {
        TieredCache cache = cache(32L * MIB);
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            blobs.add(Bytes.blob(i, 4L * MIB));
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        AtomicInteger checked = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                boolean filler = i < 2;
                all.add(threads.submit(() -> {
                    while (System.nanoTime() < end || checked.get() < 5) {
                        Blob blob = blobs.get(random.nextInt(blobs.size()));
                        if (filler) {
                            warm(cache, blob);
                            cache.evict(blobs.get(random.nextInt(blobs.size())).id());
                        } else if (isRight(cache, blob)) {
                            checked.incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(cache.stats().directories().getFirst().lentBytes()).isZero();
        assertThat(cache.stats().diskFailures()).isZero();
    }

    /** Borrows a blob if it is whole and checks its bytes while it is lent, and once more through what is open after that. */
    private static boolean isRight(TieredCache cache, Blob blob) throws IOException, InterruptedException {
        FileChannel[] opened = new FileChannel[1];
        Loan loan = cache.lend(
                blob,
                fd -> opened[0] =
                        FileChannel.open(Path.of("/proc/self/fd", Integer.toString(fd)), StandardOpenOption.READ));
        if (loan == null) {
            return false;
        }
        int length = (int) blob.sizeBytes();
        try (FileChannel channel = opened[0];
                Arena own = Arena.ofConfined()) {
            MemorySegment bytes = own.allocate(length);
            assertThat(channel.read(bytes.asByteBuffer(), 0)).isEqualTo(length);
            assertThat(Bytes.wrong(blob, 0, bytes, 0, length)).as("lent").isEqualTo(-1);
            loan.close();
            Thread.sleep(20);
            assertThat(channel.read(bytes.asByteBuffer(), 0)).isEqualTo(length);
            assertThat(Bytes.wrong(blob, 0, bytes, 0, length)).as("given back").isEqualTo(-1);
        }
        return true;
    }

    private Path folder() throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path path : found) {
                if (Files.exists(path.resolve("index"))) {
                    return path;
                }
                try (DirectoryStream<Path> below = Files.newDirectoryStream(path, Files::isDirectory)) {
                    for (Path deeper : below) {
                        if (Files.exists(deeper.resolve("index"))) {
                            return deeper;
                        }
                    }
                }
            }
        }
        throw new IOException("no index below " + directory);
    }
}

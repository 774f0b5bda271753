package dev.leat.cli.bench;

import dev.leat.cli.CliException;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Does in a directory what a training job does: writes a large file and many small ones, reads them back, asks for their
 * attributes. It works in a folder of its own, which it removes.
 */
public final class FileBench implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    private final Path folder;
    private final Sizes sizes;
    private final byte[] piece = new byte[PIECE_BYTES];

    /**
     * How much is done.
     *
     * @param bigBytes length of the large file
     * @param smallFiles how many small ones
     * @param smallBytes length of each
     * @param threads how many work at a time on small files
     */
    public record Sizes(long bigBytes, int smallFiles, int smallBytes, int threads) {}

    /** Works below {@code directory}. */
    public FileBench(Path directory, Sizes sizes) throws IOException {
        this.folder = Files.createTempDirectory(directory, "leat-bench-");
        this.sizes = sizes;
        new SplittableRandom(1).nextBytes(piece);
    }

    /** One step of the work, in the order in which they are run. */
    public enum Step {
        /** Writes the large file, and waits until it is durable. */
        WRITE_BIG("write a large file, fsync"),
        /** Reads it from the start. */
        READ_BIG("read it"),
        /** Reads it once more. */
        READ_BIG_AGAIN("read it again"),
        /** Writes the small files. */
        WRITE_SMALL("write small files"),
        /** Reads them. */
        READ_SMALL("read them"),
        /** Asks for their attributes. */
        STAT_SMALL("stat them"),
        /** Removes them. */
        REMOVE_SMALL("remove them");

        private final String title;

        Step(String title) {
            this.title = title;
        }

        /** What is done, in words. */
        public String title() {
            return title;
        }
    }

    /** Runs one step. */
    public Phase run(Step step) throws IOException, InterruptedException {
        List<Path> small = small();
        long smallBytes = (long) sizes.smallFiles() * sizes.smallBytes();
        return switch (step) {
            case WRITE_BIG -> timed(step, pieces(), sizes.bigBytes(), this::writeBig);
            case READ_BIG, READ_BIG_AGAIN -> timed(step, pieces(), sizes.bigBytes(), this::readBig);
            case WRITE_SMALL -> timed(step, small.size(), smallBytes, () -> each(small, this::writeSmall));
            case READ_SMALL -> timed(step, small.size(), smallBytes, () -> each(small, this::readSmall));
            case STAT_SMALL -> timed(step, small.size(), 0, () -> each(small, Files::size));
            case REMOVE_SMALL -> timed(step, small.size(), 0, () -> each(small, Files::delete));
        };
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static Phase timed(Step step, long operations, long bytes, Work work)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        work.run();
        return new Phase(step.title(), operations, bytes, System.nanoTime() - began);
    }

    private long pieces() {
        return (sizes.bigBytes() + PIECE_BYTES - 1) / PIECE_BYTES;
    }

    private Path big() {
        return folder.resolve("big");
    }

    private List<Path> small() {
        return IntStream.range(0, sizes.smallFiles())
                .mapToObj(i -> folder.resolve("small-" + i))
                .toList();
    }

    private void each(List<Path> files, Workers.Task<Path> task) throws IOException, InterruptedException {
        Workers.each(files, sizes.threads(), task);
    }

    private void writeBig() throws IOException {
        try (FileChannel file = FileChannel.open(big(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = sizes.bigBytes(); left > 0; ) {
                ByteBuffer next = ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE_BYTES, left));
                left -= next.remaining();
                while (next.hasRemaining()) {
                    file.write(next);
                }
            }
            file.force(true);
        }
    }

    private void readBig() throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.open(big(), Open.RDONLY | Open.CLOEXEC, 0)) {
            MemorySegment to = arena.allocate(PIECE_BYTES);
            MemorySegment wanted = MemorySegment.ofArray(piece);
            for (long at = 0; at < sizes.bigBytes(); at += PIECE_BYTES) {
                long length = Math.min(PIECE_BYTES, sizes.bigBytes() - at);
                read(file, to.asSlice(0, length), at);
                // A look at one byte of each piece: comparing all of it would be measured, too.
                if (to.get(ValueLayout.JAVA_BYTE, length - 1) != wanted.get(ValueLayout.JAVA_BYTE, length - 1)) {
                    throw CliException.failed(big() + " reads back with other bytes than were written, at " + at);
                }
            }
        }
    }

    private static void read(FileHandle file, MemorySegment to, long offset) throws ErrnoException {
        if (file.pread(to, offset) != to.byteSize()) {
            throw CliException.failed(file + " ends at " + offset + ", before what was written does");
        }
    }

    private void writeSmall(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(piece, 0, sizes.smallBytes());
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
    }

    private void readSmall(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        if (!Arrays.equals(bytes, 0, bytes.length, piece, 0, sizes.smallBytes())) {
            throw CliException.failed(path + " reads back with other bytes than were written");
        }
    }

    /** Removes everything. */
    @Override
    public void close() throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}

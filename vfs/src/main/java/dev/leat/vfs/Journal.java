package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon leaves to the one that goes on after it was killed: which handles are open on what, how far directories were read, and for each file
 * with unpublished bytes a {@link WorkLog}. It lies in a folder in memory, of which nothing is left after a reboot, when nothing is mounted any more either.
 *
 * <p>Handles are rows of files that are mapped: noting one costs no system call. The word that makes a row valid is written last. A process that is killed leaves
 * everything it has stored.
 */
public final class Journal implements AutoCloseable {
    /** In front of the rows: how many were ever used, so that no more are looked at. */
    private static final int HEAD_BYTES = 64;

    /** An inode, the flags of its open, the number of the registered file that the kernel serves it from, and the blob whose copy that is. */
    private static final int FILE_ROW_BYTES = 32;

    /** An inode, where its last page begins, and the length and bytes of the name before that. */
    private static final int DIRECTORY_ROW_BYTES = 8 + 4 + 4 + 256;

    /** Directories open at once; what is open beyond that cannot be read on after the daemon was killed. */
    private static final int DIRECTORIES_MAX = 65_536;

    private static final BlobId NO_BLOB = new BlobId(0, 0);

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle PAGE = ValueLayout.JAVA_INT.varHandle();

    private final Path folder;
    private final boolean resumed;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment files;
    private final MemorySegment directories;

    private Journal(Path folder, boolean resumed) throws IOException {
        this.folder = folder;
        this.resumed = resumed;
        this.files = map("files", HEAD_BYTES + (long) HandleTable.HANDLES_MAX * FILE_ROW_BYTES);
        this.directories = map("directories", HEAD_BYTES + (long) DIRECTORIES_MAX * DIRECTORY_ROW_BYTES);
    }

    /** An empty journal; what is in the folder goes. */
    public static Journal create(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Files.delete(entry);
            }
        }
        return new Journal(folder, false);
    }

    /** The journal of a daemon that is dead. */
    public static Journal resume(Path folder) throws IOException {
        return new Journal(folder, true);
    }

    private MemorySegment map(String name, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                folder.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            return channel.map(MapMode.READ_WRITE, 0, bytes, arena);
        }
    }

    /** Where it lies. */
    Path folder() {
        return folder;
    }

    /** Whether another daemon wrote it, whose files are to be gone on with. */
    boolean isResumed() {
        return resumed;
    }

    private static long fileRow(long handle) {
        return HEAD_BYTES + handle * FILE_ROW_BYTES;
    }

    private static long directoryRow(long handle) {
        return HEAD_BYTES + handle * DIRECTORY_ROW_BYTES;
    }

    private static void used(MemorySegment rows, long handle) {
        long before = (long) WORD.getVolatile(rows, 0L);
        while (before <= handle && !WORD.compareAndSet(rows, 0L, before, handle + 1)) {
            before = (long) WORD.getVolatile(rows, 0L);
        }
    }

    /**
     * An open file.
     *
     * @param backing the number of the registered file that the kernel serves it from; 0 for none
     * @param blob whose copy in the cache that is; null if it is none
     */
    record OpenFile(
            long ino, int flags, int backing, @Nullable BlobId blob) {}

    void opened(long handle, OpenFile file) {
        used(files, handle);
        long row = fileRow(handle);
        BlobId blob = file.blob();
        files.set(INT, row + 8, file.flags());
        files.set(INT, row + 12, file.backing());
        files.set(LONG, row + 16, blob == null ? 0 : blob.session());
        files.set(LONG, row + 24, blob == null ? 0 : blob.sequence());
        WORD.setRelease(files, row, file.ino());
    }

    private OpenFile file(long handle) {
        long row = fileRow(handle);
        BlobId blob = new BlobId(files.get(LONG, row + 16), files.get(LONG, row + 24));
        return new OpenFile(
                files.get(LONG, row),
                files.get(INT, row + 8),
                files.get(INT, row + 12),
                blob.equals(NO_BLOB) ? null : blob);
    }

    void closed(long handle) {
        WORD.setRelease(files, fileRow(handle), 0L);
    }

    /** Enters the handles that were open. */
    void files(OpenFiles enter) throws FsException {
        long end = files.get(LONG, 0);
        for (long handle = 0; handle < end; handle++) {
            OpenFile file = file(handle);
            if (file.ino() != 0 && !enter.enter(handle, file)) {
                closed(handle);
            }
        }
    }

    /** Takes the handles that were open. */
    @FunctionalInterface
    interface OpenFiles {
        /** Whether it is open again. */
        boolean enter(long handle, OpenFile file) throws FsException;
    }

    void openedDirectory(long handle, long ino) {
        if (handle < DIRECTORIES_MAX) {
            used(directories, handle);
            PAGE.setRelease(directories, directoryRow(handle) + 8, 0);
            WORD.setRelease(directories, directoryRow(handle), ino);
        }
    }

    /** A page of a directory begins after a name. */
    void page(long handle, int index, @Nullable Name after) {
        if (handle >= DIRECTORIES_MAX) {
            return;
        }
        long row = directoryRow(handle);
        PAGE.setRelease(directories, row + 8, 0);
        if (after != null) {
            byte[] name = after.bytes().unsafeArray();
            directories.set(INT, row + 12, name.length);
            MemorySegment.copy(name, 0, directories, ValueLayout.JAVA_BYTE, row + 16, name.length);
            PAGE.setRelease(directories, row + 8, index);
        }
    }

    void closedDirectory(long handle) {
        if (handle < DIRECTORIES_MAX) {
            WORD.setRelease(directories, directoryRow(handle), 0L);
        }
    }

    /** Enters the directories that were open; {@code open} makes one of its inode. */
    void directories(HandleTable<DirHandle> table, LongFunction<DirHandle> open) {
        long end = directories.get(LONG, 0);
        for (long handle = 0; handle < end; handle++) {
            long row = directoryRow(handle);
            long ino = directories.get(LONG, row);
            if (ino == 0) {
                continue;
            }
            DirHandle directory = open.apply(ino);
            int page = directories.get(INT, row + 8);
            if (page > 0) {
                byte[] name = directories
                        .asSlice(row + 16, directories.get(INT, row + 12))
                        .toArray(ValueLayout.JAVA_BYTE);
                directory.goOn(page, new Name(Bytes.wrap(name)));
            }
            table.put(handle, directory);
            directory.journaled(this, handle);
        }
    }

    /** Lets go of the files; what is in them stays for the next daemon. */
    @Override
    public void close() {
        arena.close();
    }
}

package dev.leat.dataset.read;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.tree.Node;
import dev.leat.dataset.tree.Tree;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon of a tree leaves to the one that goes on after it was killed: the directories that the kernel knows by their numbers, and the
 * files that are open. Of other files nothing is kept: who comes with the number of one is told ESTALE, upon which the kernel looks the name up
 * again, in a directory that is kept.
 *
 * <p>It lies in a folder in memory, of which nothing is left after a reboot, when nothing is mounted any more either. Directories are appended to
 * one file, open files are rows of another one. Both are mapped: noting something costs no system call, and the word that makes it valid is
 * written last. A process that is killed leaves everything it has stored.
 */
public final class Handover implements AutoCloseable {
    /** Of the file of directories; what is found beyond that is not known to a next daemon. Some 500,000 directories. */
    private static final long DIRECTORIES_BYTES_MAX = 64L << 20;

    /** Open files; what is open beyond that cannot be read on after the daemon was killed. */
    private static final int ROWS_MAX = 1 << 18;

    private static final int HEAD_BYTES = 64;
    private static final int ROW_BYTES = 1024;
    private static final int ROW_TEXT = 64;
    private static final int TEXT_BYTES_MAX = ROW_BYTES - ROW_TEXT;

    /** Of a directory: its number, its parent's, its time, whether it has an owner, owner, group, mode, and the length of its name, which follows. */
    private static final int RECORD_BYTES = 3 * Long.BYTES + 5 * Integer.BYTES;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment directories;
    private final MemorySegment rows;
    private final Set<Long> told = ConcurrentHashMap.newKeySet();
    private final Deque<Integer> free = new ArrayDeque<>(); // guarded by itself

    private Handover(Path folder) throws IOException {
        directories = map(folder.resolve("directories"), DIRECTORIES_BYTES_MAX);
        rows = map(folder.resolve("files"), HEAD_BYTES + (long) ROWS_MAX * ROW_BYTES);
    }

    private MemorySegment map(Path file, long bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            return channel.map(MapMode.READ_WRITE, 0, bytes, arena);
        }
    }

    /** An empty one; what is in the folder goes. */
    public static Handover create(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Files.delete(entry);
            }
        }
        return new Handover(folder);
    }

    /** Takes what a daemon that is dead has left, and goes on with it. */
    public static Handover resume(Path folder, Tree tree, OpenFiles files) throws IOException {
        Handover handover = new Handover(folder);
        handover.readDirectories(tree);
        handover.readFiles(tree, files);
        return handover;
    }

    // Directories.

    /** Notes a directory that the kernel is about to be told of. */
    public void directory(Node node) {
        if (node.id() == node.parentId() || !told.add(node.id())) {
            return;
        }
        byte[] name = node.name().getBytes(StandardCharsets.UTF_8);
        Facts facts = node.facts();
        int length = (RECORD_BYTES + name.length + Long.BYTES - 1) & -Long.BYTES;
        synchronized (directories) {
            long at = HEAD_BYTES + directories.get(LONG, 0);
            if (at + length > directories.byteSize()) {
                return;
            }
            directories.set(LONG, at, node.id());
            directories.set(LONG, at + 8, node.parentId());
            directories.set(LONG, at + 16, facts.modifiedEpochMs());
            putOwner(directories, at + 24, facts.permission());
            directories.set(INT, at + 40, name.length);
            MemorySegment.copy(name, 0, directories, ValueLayout.JAVA_BYTE, at + RECORD_BYTES, name.length);
            WORD.setRelease(directories, 0L, at + length - HEAD_BYTES);
        }
    }

    private void readDirectories(Tree tree) {
        long end = HEAD_BYTES + directories.get(LONG, 0);
        for (long at = HEAD_BYTES; at < end; ) {
            int nameLength = directories.get(INT, at + 40);
            Facts facts = new Facts(
                    EntryKind.DIRECTORY, 0, directories.get(LONG, at + 16), null, owner(directories, at + 24), null);
            long id = directories.get(LONG, at);
            tree.restore(id, directories.get(LONG, at + 8), text(directories, at + RECORD_BYTES, nameLength), facts);
            told.add(id);
            at += (RECORD_BYTES + nameLength + Long.BYTES - 1) & -Long.BYTES;
        }
    }

    private static void putOwner(MemorySegment to, long at, Facts.@Nullable Permission permission) {
        to.set(INT, at, permission == null ? 0 : 1);
        if (permission != null) {
            to.set(INT, at + 4, permission.uid());
            to.set(INT, at + 8, permission.gid());
            to.set(INT, at + 12, permission.mode());
        }
    }

    private static Facts.@Nullable Permission owner(MemorySegment from, long at) {
        return from.get(INT, at) == 0
                ? null
                : new Facts.Permission(from.get(INT, at + 4), from.get(INT, at + 8), from.get(INT, at + 12));
    }

    private static String text(MemorySegment from, long at, int length) {
        return new String(from.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    // Open files.

    private static long row(int row) {
        return HEAD_BYTES + (long) row * ROW_BYTES;
    }

    /**
     * Notes an open file.
     *
     * @param passthrough number of the registered file that the kernel reads by itself; 0 if it does not
     * @return the row, or -1 if it cannot be noted
     */
    int opened(long handle, Node node, Facts version, int passthrough) {
        byte[] name = node.name().getBytes(StandardCharsets.UTF_8);
        String validator = version.validator();
        byte[] told = validator == null ? new byte[0] : validator.getBytes(StandardCharsets.UTF_8);
        int row = name.length + told.length > TEXT_BYTES_MAX ? -1 : take();
        if (row < 0) {
            return -1;
        }
        long at = row(row);
        rows.set(LONG, at + 8, node.id());
        rows.set(LONG, at + 16, node.parentId());
        rows.set(LONG, at + 24, version.sizeBytes());
        rows.set(LONG, at + 32, version.modifiedEpochMs());
        rows.set(INT, at + 40, passthrough);
        rows.set(INT, at + 44, name.length << 16 | told.length);
        putOwner(rows, at + 48, version.permission());
        MemorySegment.copy(name, 0, rows, ValueLayout.JAVA_BYTE, at + ROW_TEXT, name.length);
        MemorySegment.copy(told, 0, rows, ValueLayout.JAVA_BYTE, at + ROW_TEXT + name.length, told.length);
        WORD.setRelease(rows, at, handle + 1);
        return row;
    }

    private int take() {
        synchronized (free) {
            Integer row = free.poll();
            if (row != null) {
                return row;
            }
            long used = rows.get(LONG, 0);
            if (used >= ROWS_MAX) {
                return -1;
            }
            WORD.setRelease(rows, 0L, used + 1);
            return (int) used;
        }
    }

    void closed(int row) {
        if (row >= 0) {
            WORD.setRelease(rows, row(row), 0L);
            synchronized (free) {
                free.add(row);
            }
        }
    }

    private void readFiles(Tree tree, OpenFiles files) {
        int used = (int) rows.get(LONG, 0);
        for (int row = 0; row < used; row++) {
            long at = row(row);
            long handle = rows.get(LONG, at) - 1;
            if (handle < 0 || !restore(tree, files, handle, row)) {
                closed(row);
            }
        }
    }

    private boolean restore(Tree tree, OpenFiles files, long handle, int row) {
        long at = row(row);
        int lengths = rows.get(INT, at + 44);
        String name = text(rows, at + ROW_TEXT, lengths >>> 16);
        String validator = text(rows, at + ROW_TEXT + (lengths >>> 16), lengths & 0xffff);
        Facts facts = new Facts(
                EntryKind.FILE,
                rows.get(LONG, at + 24),
                rows.get(LONG, at + 32),
                validator.isEmpty() ? null : validator,
                owner(rows, at + 48),
                null);
        Node node = tree.restore(rows.get(LONG, at + 8), rows.get(LONG, at + 16), name, facts);
        return node != null && files.restore(handle, node, facts, rows.get(INT, at + 40), row);
    }

    /** Lets go of the files; what is in them stays for the next daemon. */
    @Override
    public void close() {
        arena.close();
    }
}

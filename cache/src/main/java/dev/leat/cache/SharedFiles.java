package dev.leat.cache;

import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segment files that small blobs share: sparse files of 256 groups of 4 MiB. The group of slot {@code s} lies at
 * place {@code s} for ever, so its space can be written again without being given back.
 */
final class SharedFiles {
    private static final int GROUPS_SHIFT = 8;

    private final Path folder;
    private volatile @Nullable FileHandle[] handles = new FileHandle[0];
    private boolean[] dirty = new boolean[0];

    SharedFiles(Path folder) {
        this.folder = folder;
    }

    /** The file that holds the slot's group, or null if it was never opened. */
    @Nullable
    FileHandle at(int slot) {
        FileHandle[] all = handles;
        int file = slot >> GROUPS_SHIFT;
        return file < all.length ? all[file] : null;
    }

    static long offset(int slot) {
        return (long) (slot & ((1 << GROUPS_SHIFT) - 1)) << Geometry.BLOCK_SHIFT;
    }

    /** Opens the file that holds the slot's group, creating it if needed. */
    synchronized FileHandle open(int slot) throws ErrnoException {
        FileHandle open = at(slot);
        if (open != null) {
            return open;
        }
        int file = slot >> GROUPS_SHIFT;
        @Nullable FileHandle[] grown = Arrays.copyOf(handles, Math.max(handles.length, file + 1));
        FileHandle handle =
                FileHandle.open(folder.resolve("shared-%05d".formatted(file)), Open.RDWR | Open.CREAT, 0600);
        grown[file] = handle;
        if (dirty.length < grown.length) {
            dirty = Arrays.copyOf(dirty, grown.length);
        }
        handles = grown;
        return handle;
    }

    synchronized void dirty(int slot) {
        dirty[slot >> GROUPS_SHIFT] = true;
    }

    /** The files written since the last call. */
    synchronized List<FileHandle> takeDirty() {
        List<FileHandle> list = new ArrayList<>();
        for (int i = 0; i < dirty.length; i++) {
            FileHandle handle = handles[i];
            if (dirty[i] && handle != null) {
                dirty[i] = false;
                list.add(handle);
            }
        }
        return list;
    }

    /** Number of files. */
    synchronized int count() {
        int count = 0;
        for (FileHandle handle : handles) {
            count += handle == null ? 0 : 1;
        }
        return count;
    }

    synchronized void close() throws ErrnoException {
        for (FileHandle handle : handles) {
            if (handle != null) {
                handle.close();
            }
        }
    }
}

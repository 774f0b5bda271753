package dev.leat.vfs;

import dev.leat.cache.BlobCaches;
import dev.leat.cache.BufferPool;
import dev.leat.cache.TierSpec;
import dev.leat.cache.TieredCache;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One client of a {@link TestVolume}: what a mount has, without a kernel. It hears of changes only when a test says so. */
final class TestClient implements AutoCloseable {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int READ_WRITE = 2;
    static final int O_APPEND = 02000;
    static final int APPEND = WRITE | O_APPEND;

    final FlakyEngine engine;
    final VolumeFs meta;
    final Vfs vfs;
    final TieredCache cache;
    private final Path folder;

    TestClient(FlakyEngine engine, VolumeFs meta, BlobStore store, Path folder, VfsOptions.ClosePolicy closePolicy)
            throws IOException {
        this(engine, meta, store, folder, closePolicy, null);
    }

    TestClient(
            FlakyEngine engine,
            VolumeFs meta,
            BlobStore store,
            Path folder,
            VfsOptions.ClosePolicy closePolicy,
            @Nullable Journal journal)
            throws IOException {
        this(
                engine,
                meta,
                store,
                folder,
                VfsOptions.of(folder.resolve("work"), closePolicy).withJournal(journal));
    }

    TestClient(FlakyEngine engine, VolumeFs meta, BlobStore store, Path folder, VfsOptions options) throws IOException {
        this.engine = engine;
        this.meta = meta;
        this.folder = folder;
        BufferPool buffers = new BufferPool(64L << 20);
        TierSpec tier = TierSpec.ofCacheDir(folder.resolve("cache").toString(), "32MiB");
        this.cache = BlobCaches.open("test", List.of(tier), store, buffers);
        this.vfs = new Vfs(meta, store, cache, buffers, options);
    }

    /** Where its journal is, if it has one. */
    Path journal() {
        return folder.resolve("journal");
    }

    /** Where the work files are. */
    Path work() {
        return folder.resolve("work");
    }

    /** How many work files there are. */
    long workFiles() {
        String[] names = work().toFile().list((_, name) -> name.endsWith(".work"));
        return names == null ? 0 : names.length;
    }

    /** Makes a file in the root directory and opens it. */
    Vfs.Created create(String name, int flags) throws FsException {
        return vfs.create(MetaFs.ROOT, Name.of(name), NewNode.file(0644, 0), flags, Caller.ROOT);
    }

    /** Opens a file. */
    long open(long ino, int flags) throws FsException {
        return vfs.open(ino, flags, false, Caller.ROOT).handle();
    }

    /** Closes a handle as the kernel does. */
    void close(long handle) throws FsException {
        try {
            vfs.flush(handle);
        } finally {
            vfs.release(handle);
        }
    }

    void write(long handle, long offset, byte[] bytes) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            vfs.write(handle, offset, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), false);
        }
    }

    byte[] read(long handle, long offset, int length) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(Math.max(1, length));
            int got = vfs.read(handle, offset, to, length);
            return to.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** The whole file, by an open of its own. */
    byte[] content(long ino) throws FsException {
        long handle = open(ino, READ);
        try {
            return read(handle, 0, 1 << 24);
        } finally {
            vfs.release(handle);
        }
    }

    @Override
    public void close() {
        vfs.close();
        cache.close();
        meta.close();
        engine.close();
    }
}

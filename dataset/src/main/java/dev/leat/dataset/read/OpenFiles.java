package dev.leat.dataset.read;

import dev.leat.cache.BlobCache;
import dev.leat.cache.Loan;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.vfs.HandleTable;
import dev.leat.vfs.OpenPath;
import dev.leat.vfs.Passthrough;
import dev.leat.vfs.ReadStreams;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open files of a mount. A file is read through the cache, ahead of who reads it in sequence; or by the kernel itself, if
 * the cache has all of it in a file of its own when it is opened and nobody has it open otherwise: all opens of a node are
 * served alike until the last close, as the kernel wants it.
 */
public final class OpenFiles {
    private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

    /** Furthest that reading ahead runs before one reader. */
    private static final long AHEAD_BYTES = 32L << 20;

    /** Smaller blobs share files of the cache. */
    private static final long OWN_FILE_BYTES = 4L << 20;

    /** The part of a handle that is its place in the table; the rest is the daemon's. */
    private static final long INDEX = 0xffff_ffffL;

    private final BlobCache cache;
    private final Blobs blobs;
    private final HandleTable<OpenFile> files = new HandleTable<>();
    private final int generation;
    private final Map<Long, OpenFile> restored = new ConcurrentHashMap<>();
    private final Map<Long, Served> served = new ConcurrentHashMap<>();
    private final Map<OpenPath, LongAdder> opens = new EnumMap<>(OpenPath.class);
    private volatile @Nullable Passthrough kernel;
    private volatile @Nullable Handover handover;

    /** How one node is served until its last close. */
    private record Served(
            int opens, OpenPath path, int number, @Nullable Loan loan) {
        Served with(int count) {
            return new Served(count, path, number, loan);
        }
    }

    /**
     * The answer to an open.
     *
     * @param handle its number
     * @param passthrough number of the file that the kernel reads by itself; 0 if it does not
     */
    public record Opened(long handle, int passthrough) {}

    /** What holds a file's bytes. */
    @FunctionalInterface
    public interface Blobs {
        /** The blob of one version of a file that is not empty. */
        Blob of(Node file, Facts version) throws IOException;
    }

    /**
     * Files whose bytes come from {@code cache}, which ends where {@code blobs} lie.
     *
     * @param generation daemons that have given handles to the kernel before this one
     */
    public OpenFiles(BlobCache cache, Blobs blobs, int generation) {
        this.generation = generation;
        this.cache = cache;
        this.blobs = blobs;
        for (OpenPath path : OpenPath.values()) {
            opens.put(path, new LongAdder());
        }
    }

    /** Opens may be handed to the kernel from now on. */
    public void passthrough(Passthrough passthrough) {
        kernel = passthrough;
    }

    /** What is open is noted for a next daemon from now on. */
    public void handover(Handover to) {
        handover = to;
    }

    /**
     * Goes on with a file that the kernel has open.
     *
     * @param number of the registered file that the kernel reads by itself; 0 if it does not
     * @param row where it is noted
     * @return false if it is of a source that is not there any more
     */
    boolean restore(long handle, Node node, Facts version, int number, int row) {
        Blob blob;
        try {
            blob = version.sizeBytes() == 0 ? null : blobs.of(node, version);
        } catch (IOException e) {
            log.warn("{} was open and cannot be read on: {}", node.path(), e.getMessage());
            return false;
        }
        OpenFile file = new OpenFile(node, blob, new ReadStreams(AHEAD_BYTES));
        file.row = row;
        restored.put(handle, file);
        served.compute(node.id(), (_, before) -> {
            if (before != null) {
                return before.with(before.opens() + 1);
            }
            return number == 0 || blob == null
                    ? new Served(1, OpenPath.OFF, 0, null)
                    : new Served(1, OpenPath.PASSTHROUGH, number, borrowed(blob));
        });
        return true;
    }

    /** Keeps a file of the cache that the kernel reads. If the cache has forgotten it, it lives on as long as it is read. */
    private @Nullable Loan borrowed(Blob blob) {
        try {
            return cache.lend(blob, _ -> {});
        } catch (IOException e) {
            log.debug("{} is not kept: {}", blob.key(), e.getMessage());
            return null;
        }
    }

    private @Nullable OpenFile file(long handle) {
        return (int) (handle >>> Integer.SIZE) == generation ? files.get(handle & INDEX) : restored.get(handle);
    }

    /**
     * Opens one version of a file.
     *
     * @return null if too many are open
     */
    public @Nullable Opened open(Node node, Facts version) throws IOException {
        Blob blob = version.sizeBytes() == 0 ? null : blobs.of(node, version);
        OpenFile file = new OpenFile(node, blob, new ReadStreams(AHEAD_BYTES));
        long index = files.add(file);
        if (index < 0) {
            return null;
        }
        long handle = (long) generation << Integer.SIZE | index;
        Served now = served.compute(node.id(), (_, before) -> {
            if (before != null) {
                return before.with(before.opens() + 1);
            }
            return choose(blob);
        });
        boolean asBefore = now.opens() == 1 || now.loan() != null || now.path() == OpenPath.OFF;
        count(asBefore ? now.path() : OpenPath.SHARED);
        Handover next = handover;
        if (next != null) {
            file.row = next.opened(handle, node, version, now.number());
        }
        return new Opened(handle, now.number());
    }

    private void count(OpenPath path) {
        LongAdder counter = opens.get(path);
        if (counter != null) {
            counter.increment();
        }
    }

    private Served choose(@Nullable Blob blob) {
        Passthrough passthrough = kernel;
        if (passthrough == null) {
            return new Served(1, OpenPath.OFF, 0, null);
        }
        if (blob == null || blob.sizeBytes() < OWN_FILE_BYTES) {
            return new Served(1, OpenPath.LAYOUT, 0, null);
        }
        int[] number = new int[1];
        try {
            Loan loan = cache.lend(blob, descriptor -> number[0] = passthrough.register(descriptor));
            return loan == null
                    ? new Served(1, OpenPath.PARTIAL, 0, null)
                    : new Served(1, OpenPath.PASSTHROUGH, number[0], loan);
        } catch (IOException e) {
            if (number[0] != 0) {
                passthrough.forget(number[0]);
            }
            log.debug("{} is not handed to the kernel: {}", blob.key(), e.getMessage());
            return new Served(1, OpenPath.REFUSED, 0, null);
        }
    }

    /**
     * Reads without waiting.
     *
     * @return bytes read, or -1 if that would have to wait
     */
    public int tryRead(long handle, long offset, MemorySegment to, int lengthBytes) {
        OpenFile file = file(handle);
        if (file == null) {
            return -1;
        }
        Blob blob = file.blob();
        if (blob == null || offset >= blob.sizeBytes()) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, blob.sizeBytes() - offset);
        if (!cache.tryRead(blob, offset, to, 0, length)) {
            return -1;
        }
        readAhead(file, blob, offset, length);
        return length;
    }

    /**
     * Reads up to {@code lengthBytes} bytes; fewer only at the end of the file.
     *
     * @return bytes read, or -1 if there is no such handle
     */
    public int read(long handle, long offset, MemorySegment to, int lengthBytes) throws IOException {
        OpenFile file = file(handle);
        if (file == null) {
            return -1;
        }
        Blob blob = file.blob();
        if (blob == null || offset >= blob.sizeBytes()) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, blob.sizeBytes() - offset);
        readAhead(file, blob, offset, length);
        cache.read(blob, offset, to, 0, length);
        return length;
    }

    private void readAhead(OpenFile file, Blob blob, long offset, int length) {
        ReadStreams.Range wanted = file.streams().read(offset, length, blob.sizeBytes());
        if (wanted != null) {
            cache.prefetch(blob, wanted.from(), wanted.to() - wanted.from());
        }
    }

    /** The node that a handle is of; null if there is no such handle. */
    public @Nullable Node node(long handle) {
        OpenFile file = file(handle);
        return file == null ? null : file.node();
    }

    /** After the last use of a handle. */
    public void release(long handle) {
        OpenFile file =
                (int) (handle >>> Integer.SIZE) == generation ? files.remove(handle & INDEX) : restored.remove(handle);
        if (file == null) {
            return;
        }
        Handover next = handover;
        if (next != null) {
            // First: the number of a registered file that is forgotten below may be given to another one.
            next.closed(file.row);
        }
        served.computeIfPresent(file.node().id(), (_, before) -> {
            if (before.opens() > 1) {
                return before.with(before.opens() - 1);
            }
            Passthrough passthrough = kernel;
            if (before.number() != 0 && passthrough != null) {
                passthrough.forget(before.number());
            }
            if (before.loan() != null) {
                before.loan().close();
            }
            return null;
        });
    }

    /** Files that are open. */
    public int open() {
        return files.open() + restored.size();
    }

    /** Opens so far, by how the file is read. */
    public Map<OpenPath, Long> opens() {
        Map<OpenPath, Long> counts = new EnumMap<>(OpenPath.class);
        opens.forEach((path, count) -> counts.put(path, count.sum()));
        return counts;
    }
}

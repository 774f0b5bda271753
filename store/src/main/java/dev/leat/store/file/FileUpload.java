package dev.leat.store.file;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * An upload as a folder of files.
 *
 * <p>Parts are written where they belong in one file, which only needs its name in the end. Where that is follows from the
 * first part to arrive: a part of the usual {@link PartPlan} says that the others follow that plan, any other that all
 * have its size. A part larger than its slot goes to a file of its own. Only when the parts turn out not to lie end to end
 * is the object copied together.
 *
 * <p>Concurrency: parts hold the read lock and a lock of their number, so that of two copies of one part one is whole.
 * Completing holds the write lock: no part is still writing to a file that has become an object.
 */
final class FileUpload implements MultipartUpload {
    private static final String DATA = "data";

    private final FileStore store;
    private final String id;
    private final String key;
    private final Path target;
    private final Path folder;
    private final int partsMax;
    private final ReentrantReadWriteLock ending = new ReentrantReadWriteLock();
    private final ConcurrentHashMap<Integer, ReentrantLock> sending = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, Part> parts = new ConcurrentHashMap<>();
    private @Nullable PartPlan layout; // guarded by this; null until the first part that has bytes
    private boolean ended; // guarded by ending

    /** Where a part's bytes lie. */
    private record Part(String file, long offset, long sizeBytes) {}

    FileUpload(FileStore store, String id, String key, Path target, Path folder) {
        this.store = store;
        this.id = id;
        this.key = key;
        this.target = target;
        this.folder = folder;
        this.partsMax = store.capabilities().partsMax();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void part(int number, ByteBuffer body) throws StoreException {
        if (number < 1 || number > partsMax) {
            throw new StoreException(
                    Kind.INVALID, "part " + number + " of '" + key + "': numbers are 1 to " + partsMax);
        }
        ending.readLock().lock();
        try {
            store.checkOpen();
            checkNotEnded();
            ReentrantLock one = sending.computeIfAbsent(number, _ -> new ReentrantLock());
            one.lock();
            try {
                Part part = place(number, body.remaining());
                parts.remove(number);
                write(part, body);
                parts.put(number, part);
            } finally {
                one.unlock();
            }
        } catch (NoSuchFileException e) {
            throw gone(e);
        } catch (IOException e) {
            throw store.failure(e, "write part " + number + " of '" + key + "'");
        } finally {
            ending.readLock().unlock();
        }
    }

    private synchronized Part place(int number, int sizeBytes) {
        if (sizeBytes == 0) {
            return new Part("part-" + number, 0, 0);
        }
        PartPlan slots = layout;
        if (slots == null) {
            PartPlan usual = PartPlan.of(store.capabilities());
            slots = sizeBytes == usual.sizeBytes(number)
                    ? usual
                    : new PartPlan(sizeBytes, partsMax, sizeBytes, partsMax);
            layout = slots;
        }
        return sizeBytes <= slots.sizeBytes(number)
                ? new Part(DATA, slots.offset(number), sizeBytes)
                : new Part("part-" + number, 0, sizeBytes);
    }

    private void write(Part part, ByteBuffer body) throws IOException {
        try (FileChannel channel =
                FileChannel.open(folder.resolve(part.file), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            Staging.writeFully(channel, part.offset, body);
            // Now rather than at the end: the caller feels the disk's speed, and completing is quick.
            channel.force(false);
        }
    }

    @Override
    public ObjectInfo complete(PutCondition condition) throws StoreException {
        ending.writeLock().lock();
        try {
            store.checkOpen();
            checkNotEnded();
            if (parts.isEmpty()) {
                throw new StoreException(Kind.INVALID, "the upload of '" + key + "' has no parts");
            }
            List<Part> ordered = List.copyOf(new TreeMap<>(parts).values());
            store.publisher().precheck(key, target, condition);
            Path whole = liesEndToEnd(ordered) ? trimmed(ordered) : assembled(ordered);
            Stat stat = Stat.of(whole);
            store.publisher().publish(whole, key, target, condition);
            ended = true;
            store.uploads().discard(id);
            return stat.info(key);
        } catch (NoSuchFileException e) {
            throw gone(e);
        } catch (IOException e) {
            throw store.failure(e, "complete the upload of '" + key + "'");
        } finally {
            ending.writeLock().unlock();
        }
    }

    private static boolean liesEndToEnd(List<Part> ordered) {
        long end = 0;
        for (Part part : ordered) {
            if (!part.file.equals(DATA) || part.offset != end) {
                return false;
            }
            end += part.sizeBytes;
        }
        return true;
    }

    private Path trimmed(List<Part> ordered) throws IOException {
        Part last = ordered.getLast();
        Path data = folder.resolve(DATA);
        try (FileChannel channel = FileChannel.open(data, StandardOpenOption.WRITE)) {
            channel.truncate(last.offset + last.sizeBytes);
            Stat.stamp(data);
            channel.force(true);
        }
        return data;
    }

    private Path assembled(List<Part> ordered) throws IOException {
        Path whole = folder.resolve("whole");
        try (FileChannel to = FileChannel.open(
                whole, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (Part part : ordered) {
                try (FileChannel from = FileChannel.open(folder.resolve(part.file), StandardOpenOption.READ)) {
                    long done = 0;
                    while (done < part.sizeBytes) {
                        long copied = from.transferTo(part.offset + done, part.sizeBytes - done, to);
                        if (copied <= 0) {
                            throw new StoreException(
                                    Kind.UNAVAILABLE, "a part of '" + key + "' became shorter while it was copied");
                        }
                        done += copied;
                    }
                }
            }
            Stat.stamp(whole);
            to.force(true);
        }
        return whole;
    }

    @Override
    public void abort() throws StoreException {
        ending.writeLock().lock();
        try {
            if (!ended) {
                ended = true;
                store.uploads().remove(id);
            }
        } catch (IOException e) {
            throw store.failure(e, "abort the upload of '" + key + "'");
        } finally {
            ending.writeLock().unlock();
        }
    }

    private void checkNotEnded() throws StoreException {
        if (ended) {
            throw gone(null);
        }
    }

    private StoreException gone(@Nullable Throwable cause) {
        return new StoreException(
                Kind.NOT_FOUND, "the upload " + id + " of '" + key + "' was completed or aborted before", cause);
    }
}

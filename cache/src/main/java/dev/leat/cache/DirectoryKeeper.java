package dev.leat.cache;

import dev.leat.store.BlobId;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Fs;
import dev.leat.sys.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background work of a directory, on one thread: persists presence, evicts down to the low watermark, gives space
 * back, watches the file system's free space, closes descriptors beyond the limit.
 */
final class DirectoryKeeper implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryKeeper.class);

    /** How often it looks without being asked. */
    private static final long PERIOD_MILLIS = 100;

    /** Presence is persisted at most this much later than the bytes came: the most that a kill -9 makes cold. */
    private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Segment files of large blobs kept open per directory. */
    private static final int OPEN_FILES_MAX = 4096;

    private final CacheDirectory dir;
    private final Path folder;
    private final String bootId;
    private final Thread thread;
    private final ReentrantLock working = new ReentrantLock();
    private final ReentrantLock signal = new ReentrantLock();
    private final Condition asked = signal.newCondition();
    private boolean wanted;
    private volatile boolean stopped;
    private long flushedNanos = System.nanoTime();

    DirectoryKeeper(CacheDirectory dir, Path folder, String bootId) {
        this.dir = dir;
        this.folder = folder;
        this.bootId = bootId;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("cache-keeper-" + folder.getFileName())
                .unstarted(this);
    }

    void start() {
        thread.start();
    }

    void wake() {
        signal.lock();
        try {
            wanted = true;
            asked.signal();
        } finally {
            signal.unlock();
        }
    }

    @Override
    public void run() {
        while (!stopped) {
            try {
                signal.lock();
                try {
                    if (!wanted && !stopped) {
                        boolean ignored = asked.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
                    }
                    wanted = false;
                } finally {
                    signal.unlock();
                }
                step(System.nanoTime() - flushedNanos >= FLUSH_NANOS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("cache folder {}: background work failed", folder, e);
                dir.fail("internal error in the background work", e);
            }
        }
    }

    /** One round of everything, now. */
    void round() {
        step(true);
    }

    private void step(boolean flush) {
        working.lock();
        try {
            if (dir.failure() != null) {
                return;
            }
            dir.clock.advance();
            boolean pressed = pressed();
            try {
                evict(pressed);
            } finally {
                giveBack(pressed);
            }
            if (flush) {
                flush();
                flushedNanos = System.nanoTime();
            }
            limitOpenFiles();
        } catch (IOException e) {
            dir.indexFailed(e);
        } finally {
            working.unlock();
        }
    }

    /** Whether the file system has less room than it should keep. */
    private boolean pressed() throws ErrnoException {
        long floor = dir.spec.freeFloorBytes();
        boolean below = floor > 0 && Fs.statfs(folder).availableBytes() < floor;
        dir.belowFloor(below);
        return below || dir.fileSystemFull();
    }

    private void evict(boolean pressed) throws IOException {
        long live = dir.usedBytes();
        if (pressed) {
            // What a round gives back is seen by the next one: a sixteenth at a time until there is room again.
            evictTo(live - Math.max(2L * Geometry.BLOCK_BYTES, live / 16), true);
        } else if (dir.usedBytes() > dir.spec.quotaBytes()) {
            evictTo(dir.spec.highBytes(), true);
        } else if (live > dir.spec.highBytes()) {
            evictTo(dir.spec.lowBytes(), false);
        }
    }

    private void evictTo(long bytes, boolean forced) throws IOException {
        int misses = 0;
        while (dir.usedBytes() > bytes && misses < 64) {
            dir.lock.lock();
            try {
                if (!dir.units.evictOne(Admission.DEMAND, forced)) {
                    if (!forced) {
                        return;
                    }
                    misses++;
                }
            } finally {
                dir.lock.unlock();
            }
        }
    }

    /** Gives space back until what is allocated is below the high watermark, or all of it if room is short. */
    private void giveBack(boolean pressed) throws IOException {
        OwnFiles own = dir.units.own();
        while (true) {
            OwnFile doomed;
            dir.lock.lock();
            try {
                doomed = own.doomed.pollFirst();
                if (doomed == null && !pressed && dir.units.allocatedBytes() <= dir.spec.highBytes()) {
                    dir.units.roomMade();
                    return;
                }
            } finally {
                dir.lock.unlock();
            }
            // A full disk may lack the room to split an extent, so what takes none comes first.
            boolean some = doomed != null
                    ? unlink(doomed)
                    : (pressed && unlinkSpare(own)) || punchGroup() || punchBlock(own) || unlinkSpare(own);
            dir.lock.lock();
            try {
                dir.units.roomMade();
            } finally {
                dir.lock.unlock();
            }
            if (!some) {
                return;
            }
        }
    }

    private boolean unlinkSpare(OwnFiles own) throws IOException {
        OwnFile spare;
        dir.lock.lock();
        try {
            spare = own.spares.pollFirst();
            if (spare == null) {
                return false;
            }
            own.doom(spare);
        } finally {
            dir.lock.unlock();
        }
        return true;
    }

    private boolean unlink(OwnFile file) throws IOException {
        Files.deleteIfExists(file.path);
        FileHandle handle = file.handle;
        if (handle != null) {
            dir.epochs.synchronize();
            handle.close();
            dir.openFiles.decrementAndGet();
        }
        dir.lock.lock();
        try {
            dir.units.staleBytes.addAndGet(-file.staleBytes);
            file.staleBytes = 0;
        } finally {
            dir.lock.unlock();
        }
        return true;
    }

    private boolean punchGroup() throws IOException {
        Integer slot;
        dir.lock.lock();
        try {
            slot = dir.units.freeSpace.pollFirst();
        } finally {
            dir.lock.unlock();
        }
        if (slot == null) {
            return false;
        }
        boolean given = false;
        try {
            dir.shared.open(slot).punch(SharedFiles.offset(slot), Geometry.BLOCK_BYTES);
            dir.index.writeFree(slot, dir.slots.generation(slot), IndexFiles.KIND_FREE);
            given = true;
        } finally {
            dir.lock.lock();
            try {
                if (given) {
                    dir.units.giveBlank(slot);
                } else {
                    dir.units.freeSpace.add(slot);
                }
            } finally {
                dir.lock.unlock();
            }
        }
        return true;
    }

    private boolean punchBlock(OwnFiles own) throws IOException {
        OwnFile file;
        int block;
        long stale;
        FileHandle handle;
        dir.lock.lock();
        try {
            file = own.firstWithStale();
            if (file == null) {
                return false;
            }
            block = OwnFiles.firstStale(file);
            stale = OwnFile.staleBytes(file.units.get(block));
            own.dropStale(file, block, OwnFile.PUNCHING);
            file.punching++;
            handle = own.handle(file);
        } finally {
            dir.lock.unlock();
        }
        boolean given = false;
        try {
            if (handle != null) {
                handle.punch((long) block << Geometry.BLOCK_SHIFT, Geometry.BLOCK_BYTES);
            }
            given = true;
        } finally {
            dir.lock.lock();
            try {
                file.units.set(block, 0);
                file.punching--;
                if (!given) {
                    own.addStale(file, block, stale);
                }
                if (file.liveUnits == 0 && file.punching == 0 && dir.files.get(file.id) == file) {
                    own.retire(file);
                }
            } finally {
                dir.lock.unlock();
            }
        }
        return true;
    }

    /** A slot's presence as it was before the data was synced. */
    private static final class Snapshot {
        final int slot;
        final int generation;
        final long[] bits = new long[IndexFiles.WORDS];

        Snapshot(SlotTable slots, int slot) {
            this.slot = slot;
            generation = slots.generation(slot);
            for (int word = 0; word < bits.length; word++) {
                bits[word] = slots.bits(slot, word);
            }
        }
    }

    /** Syncs data, then writes the records that speak of it. */
    private void flush() throws IOException {
        List<Snapshot> batch = new ArrayList<>();
        for (Integer slot = dir.dirtySlots.poll(); slot != null; slot = dir.dirtySlots.poll()) {
            dir.slots.clearFlag(slot, SlotTable.FLAG_DIRTY);
            batch.add(new Snapshot(dir.slots, slot));
        }
        if (batch.isEmpty()) {
            return;
        }
        boolean written = false;
        try {
            write(batch);
            written = true;
        } finally {
            if (!written) {
                batch.forEach(one -> dir.dirty(one.slot));
            }
        }
    }

    private void write(List<Snapshot> batch) throws IOException {
        for (OwnFile file : dir.files.values()) {
            if (file.dirty) {
                syncOwn(file);
            }
        }
        for (FileHandle handle : dir.shared.takeDirty()) {
            handle.dataSync();
        }
        dir.index.syncSides();
        for (Snapshot one : batch) {
            dir.lock.lock();
            try {
                write(one);
            } finally {
                dir.lock.unlock();
            }
        }
    }

    private void syncOwn(OwnFile file) throws IOException {
        file.dirty = false;
        FileHandle handle = file.handle;
        if (handle != null) {
            int epoch = dir.epochs.enter();
            try {
                if (file.handle == handle) {
                    handle.dataSync();
                }
            } finally {
                dir.epochs.exit(epoch);
            }
        }
    }

    private void write(Snapshot one) throws IOException {
        SlotTable slots = dir.slots;
        if (slots.generation(one.slot) != one.generation || slots.state(one.slot) == SlotTable.FREE) {
            return;
        }
        for (int word = 0; word < one.bits.length; word++) {
            one.bits[word] &= slots.bits(one.slot, word);
        }
        boolean shared = slots.flag(one.slot, SlotTable.FLAG_SHARED);
        OwnFile file = shared ? null : dir.files.get(new BlobId(slots.session(one.slot), slots.sequence(one.slot)));
        boolean pinned = file != null && file.pinned;
        dir.index.writeRecord(slots, one.slot, shared ? IndexFiles.KIND_SHARED : IndexFiles.KIND_OWN, pinned, one.bits);
    }

    /** Closes the files that were opened or filled longest ago. */
    private void limitOpenFiles() throws ErrnoException {
        int excess = dir.openFiles.get() - OPEN_FILES_MAX;
        if (excess <= 0) {
            return;
        }
        List<OwnFile> idle = new ArrayList<>(dir.files.values());
        int now = dir.clock.now();
        idle.removeIf(f -> f.handle == null || f.dirty);
        idle.sort((a, b) -> Integer.compare(now - b.lastUse, now - a.lastUse));
        List<@Nullable FileHandle> closing = new ArrayList<>();
        dir.lock.lock();
        try {
            for (OwnFile file : idle.subList(0, Math.min(idle.size(), excess + OPEN_FILES_MAX / 16))) {
                if (!file.dirty && file.punching == 0 && !dir.units.own().written(file)) {
                    closing.add(file.handle);
                    file.handle = null;
                }
            }
        } finally {
            dir.lock.unlock();
        }
        if (!closing.isEmpty()) {
            dir.epochs.synchronize();
            for (FileHandle handle : closing) {
                if (handle != null) {
                    handle.close();
                    dir.openFiles.decrementAndGet();
                }
            }
        }
    }

    /** Ends the thread, persists everything, and closes all files. */
    void stop() {
        stopped = true;
        wake();
        Threads.join(thread);
        working.lock();
        try {
            if (dir.failure() == null) {
                flushWhatFits();
                dir.index.syncRecords();
                boolean unchecked = dir.suspects.any();
                dir.index.writeHeader(dir.spec.volume(), unchecked ? IndexFiles.UNCHECKED : bootId, !unchecked);
            }
            dir.markClosed();
            closeAll();
        } catch (IOException e) {
            LOG.warn("cache folder {} could not be closed in order: {}", folder, e.getMessage());
        } finally {
            working.unlock();
        }
    }

    private void flushWhatFits() throws IOException {
        try {
            flush();
        } catch (IOException e) {
            if (!CacheDirectory.isFull(e)) {
                throw e;
            }
            LOG.warn("cache folder {}: the disk is full, some of what it holds will be fetched again", folder);
        }
    }

    private void closeAll() throws IOException {
        // Out of service by now: nobody new gets in, and whoever is reading or writing is waited for.
        dir.epochs.synchronize();
        dir.lock.lock();
        try {
            closeFiles();
        } finally {
            dir.lock.unlock();
        }
    }

    private void closeFiles() throws IOException {
        List<OwnFile> all = new ArrayList<>(dir.files.values());
        all.addAll(dir.units.own().spares);
        all.addAll(dir.units.own().doomed);
        for (OwnFile file : all) {
            FileHandle handle = file.handle;
            file.handle = null;
            if (handle != null) {
                handle.close();
            }
        }
        dir.shared.close();
        dir.index.close();
    }
}

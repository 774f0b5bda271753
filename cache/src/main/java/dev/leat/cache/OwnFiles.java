package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The segment files of large blobs: made, recycled, given up. Everything here runs under the directory's lock.
 *
 * <p>A file all of whose blocks were evicted becomes a <em>spare</em>: the next large blob takes it over by a rename, and
 * writes its blocks over the old ones, which spares the file system freeing and finding the space. Bytes of the old blob
 * are never served as the new one's, because presence is known block by block.
 */
final class OwnFiles {
    /** Spares kept; more are unlinked. */
    private static final int SPARES_MAX = 8;

    /** Files looked at to find the idlest when there are too many. */
    private static final int FILES_SEEN = 64;

    /** Files that are not segments: index, checksums, members, lock. */
    static final int INDEX_INODES = 4;

    private final CacheDirectory dir;
    private final UnitAllocator units;
    private final SlotTable slots;
    final ArrayDeque<OwnFile> spares = new ArrayDeque<>();
    final ArrayDeque<OwnFile> doomed = new ArrayDeque<>();
    private long doomedCount;

    /** Files with stale blocks, oldest first, for the keeper; a file may be in it more than once. */
    final ArrayDeque<OwnFile> withStale = new ArrayDeque<>();

    OwnFiles(CacheDirectory dir, UnitAllocator units) {
        this.dir = dir;
        this.units = units;
        this.slots = dir.slots;
    }

    static Path path(Path folder, BlobId id) {
        String name = id.toString();
        return folder.resolve("own").resolve(name.substring(30)).resolve(name);
    }

    UnitAllocator.@Nullable Target prepare(Blob blob, long offset, int length, Admission admission) throws IOException {
        int block = Geometry.blockOf(offset);
        OwnFile file = dir.files.get(blob.id());
        long unit = file == null ? 0 : file.units.get(block);
        if (unit == OwnFile.PUNCHING) {
            return null;
        }
        int slot;
        if (unit > 0) {
            slot = OwnFile.slot(unit);
            if (!units.makeRoom(length, admission) || !slots.enterWriter(slot, OwnFile.generation(unit))) {
                return null;
            }
            file = dir.files.get(blob.id());
        } else {
            dir.policy.missed(ReusePolicy.key(blob.id().session(), blob.id().sequence(), block), dir.clock.now());
            slot = newUnit(blob, block, length, admission);
            file = dir.files.get(blob.id());
        }
        FileHandle handle = file == null || slot == 0 ? null : handle(file);
        if (file == null || handle == null) {
            if (slot != 0) {
                slots.leaveWriter(slot);
            }
            return null;
        }
        return new UnitAllocator.Target(slot, 0, Geometry.pageShift(blob.sizeBytes()), handle, offset, file);
    }

    private int newUnit(Blob blob, int block, int length, Admission admission) throws IOException {
        OwnFile file = dir.files.get(blob.id());
        long stale = file == null ? 0 : file.units.get(block);
        long reusable = stale < 0 ? OwnFile.staleBytes(stale) : 0;
        if (reusable == 0 && file != null && !units.makeRoom(length, admission)) {
            return 0;
        }
        int slot = units.blankSlot(admission);
        if (slot == 0) {
            return 0;
        }
        boolean used = false;
        try {
            // Making room and finding a slot may have evicted the very file.
            file = dir.files.get(blob.id());
            if (file == null) {
                file = create(blob, length, admission);
            }
            if (file == null || file.units.get(block) == OwnFile.PUNCHING || file.units.get(block) > 0) {
                return 0;
            }
            takeOver(file, block, length);
            used = true;
        } finally {
            if (!used) {
                units.giveBlank(slot);
            }
        }
        units.claim(slot, 0);
        slots.owner(slot, file.id.session(), file.id.sequence(), block, file.sizeBytes);
        file.units.set(block, OwnFile.unit(slot, slots.generation(slot)));
        file.liveUnits++;
        file.lastUse = dir.clock.now();
        return slot;
    }

    /** Writes over stale space; the part that this fill does not cover is given back at once, or it would not be counted. */
    private void takeOver(OwnFile file, int block, int length) throws IOException {
        long unit = file.units.get(block);
        if (unit >= 0) {
            return;
        }
        long bytes = OwnFile.staleBytes(unit);
        if (length < bytes) {
            FileHandle handle = handle(file);
            if (handle != null) {
                handle.punch((long) block << Geometry.BLOCK_SHIFT, Geometry.BLOCK_BYTES);
            }
        }
        dropStale(file, block, 0);
    }

    /** Stops counting a block's stale space. */
    void dropStale(OwnFile file, int block, long mark) {
        long bytes = OwnFile.staleBytes(file.units.get(block));
        file.units.set(block, mark);
        file.staleBytes -= bytes;
        units.staleBytes.addAndGet(-bytes);
    }

    /** Counts a block's space as stale. */
    void addStale(OwnFile file, int block, long bytes) {
        file.units.set(block, OwnFile.stale(bytes));
        file.staleBytes += bytes;
        units.staleBytes.addAndGet(bytes);
    }

    @Nullable
    FileHandle handle(OwnFile file) {
        FileHandle handle = file.handle;
        return handle != null ? handle : dir.open(file);
    }

    private @Nullable OwnFile create(Blob blob, int length, Admission admission) throws IOException {
        if (dir.files.size() + spares.size() + doomed.size() + dir.shared.count() + INDEX_INODES >= dir.spec.inodesMax()
                && spares.isEmpty()
                && !retireIdlest()) {
            return null;
        }
        OwnFile spare = takeSpare(blob.id());
        if (spare == null && !units.makeRoom(length, admission)) {
            return null;
        }
        OwnFile meanwhile = dir.files.get(blob.id());
        if (meanwhile != null) {
            return meanwhile;
        }
        Path path = path(dir.folder().path(), blob.id());
        Files.createDirectories(path.getParent());
        OwnFile file = new OwnFile(blob.id(), blob.sizeBytes(), path);
        if (spare == null) {
            FileHandle handle = FileHandle.open(path, Open.RDWR | Open.CREAT, 0600);
            handle.truncate(blob.sizeBytes());
            file.handle = handle;
            dir.openFiles.incrementAndGet();
        } else {
            recycle(spare, file);
        }
        file.pinned = units.pins.contains(blob.id());
        file.lastUse = dir.clock.now();
        dir.files.put(blob.id(), file);
        return file;
    }

    private void recycle(OwnFile spare, OwnFile file) throws IOException {
        Files.move(spare.path, file.path, StandardCopyOption.ATOMIC_MOVE);
        FileHandle handle = spare.handle;
        if (handle == null) {
            handle = FileHandle.open(file.path, Open.RDWR, 0600);
            dir.openFiles.incrementAndGet();
        }
        handle.truncate(file.sizeBytes);
        file.handle = handle;
        int blocks = Math.min(spare.units.length(), file.units.length());
        for (int block = 0; block < spare.units.length(); block++) {
            long unit = spare.units.get(block);
            if (unit < 0) {
                long bytes = OwnFile.staleBytes(unit);
                long kept = block < blocks ? Math.min(bytes, Geometry.blockBytes(file.sizeBytes, block)) : 0;
                units.staleBytes.addAndGet(kept - bytes);
                if (kept > 0) {
                    file.units.set(block, OwnFile.stale(kept));
                    file.staleBytes += kept;
                }
            }
        }
        if (file.staleBytes > 0) {
            withStale.add(file);
        }
    }

    /** Takes a freed unit's block from its file. */
    void release(int slot, long bytes) throws IOException {
        OwnFile file = dir.files.get(new BlobId(slots.session(slot), slots.sequence(slot)));
        dir.ownBytes.addAndGet(-bytes);
        if (file == null) {
            return;
        }
        int block = slots.block(slot);
        boolean torn = slots.flag(slot, SlotTable.FLAG_TORN);
        dir.policy.evicted(ReusePolicy.key(slots.session(slot), slots.sequence(slot), block), slots.touched(slot));
        addStale(file, block, torn ? Geometry.blockBytes(file.sizeBytes, block) : bytes);
        file.liveUnits--;
        if (file.liveUnits == 0 && file.punching == 0) {
            retire(file);
        } else {
            withStale.add(file);
        }
    }

    /** Makes a file without live blocks a spare, or dooms it. */
    void retire(OwnFile file) throws IOException {
        dir.files.remove(file.id);
        if (file.given) {
            return;
        }
        if (spares.size() < SPARES_MAX && !file.lent) {
            spares.add(file);
        } else {
            doom(file);
            dir.wake();
        }
    }

    /** Forgets the blocks of a file that is somebody else's from now on; none of them is being written. */
    void give(OwnFile file) throws IOException {
        file.given = true;
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0) {
                units.free(OwnFile.slot(unit), false);
            }
        }
        for (int block = 0; block < file.units.length(); block++) {
            if (file.units.get(block) < OwnFile.PUNCHING) {
                dropStale(file, block, 0);
            }
        }
        dir.files.remove(file.id, file);
    }

    /** Has the keeper delete a file, under another name, since its blob may come back meanwhile. */
    void doom(OwnFile file) throws IOException {
        Path path = file.path.resolveSibling("doomed-" + doomedCount++);
        Files.move(file.path, path, StandardCopyOption.ATOMIC_MOVE);
        file.path = path;
        doomed.add(file);
    }

    /** A spare to write over, best the blob's own from before. */
    private @Nullable OwnFile takeSpare(BlobId id) {
        for (OwnFile spare : spares) {
            if (spare.id.equals(id)) {
                spares.remove(spare);
                return spare;
            }
        }
        return spares.pollFirst();
    }

    private boolean retireIdlest() throws IOException {
        OwnFile idlest = null;
        int seen = 0;
        int now = dir.clock.now();
        for (OwnFile file : dir.files.values()) {
            if (!file.pinned && file.loans == 0 && (idlest == null || now - file.lastUse > now - idlest.lastUse)) {
                idlest = file;
            }
            if (++seen >= FILES_SEEN) {
                break;
            }
        }
        return idlest != null && evictAll(idlest) && !spares.isEmpty();
    }

    /**
     * Frees all blocks of a file that are not being written; whether that was all. One that is lent now stays, and one that
     * was lent goes as a whole or not at all.
     */
    boolean evictAll(OwnFile file) throws IOException {
        if (file.loans > 0 || (file.lent && written(file))) {
            return false;
        }
        boolean all = true;
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0) {
                all &= units.free(OwnFile.slot(unit), true);
            }
        }
        return all;
    }

    /** Has the records of a file written again. */
    void markDirty(OwnFile file) {
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0) {
                dir.dirty(OwnFile.slot(unit));
            }
        }
    }

    /** The file whose stale blocks have waited longest, or null. */
    @Nullable
    OwnFile firstWithStale() {
        while (true) {
            OwnFile file = withStale.peekFirst();
            if (file == null || (dir.files.get(file.id) == file && firstStale(file) >= 0)) {
                return file;
            }
            withStale.pollFirst();
        }
    }

    /** The first block with stale space, or -1. */
    static int firstStale(OwnFile file) {
        for (int block = 0; file.staleBytes > 0 && block < file.units.length(); block++) {
            if (file.units.get(block) < OwnFile.PUNCHING) {
                return block;
            }
        }
        return -1;
    }

    /** Whether a fill is writing to the file, whose descriptor it then needs. */
    boolean written(OwnFile file) {
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0 && slots.state(OwnFile.slot(unit)) != SlotTable.LIVE) {
                return true;
            }
        }
        return false;
    }
}

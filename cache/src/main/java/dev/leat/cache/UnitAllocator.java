package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Gives units to blobs and takes them back. Everything here runs under the directory's lock.
 *
 * <p>Space that a freed unit held is written again in place where it can be: a shared group by the next group, the file
 * of an evicted large blob by the next large blob, after a rename. Punching and unlinking is left to the {@link
 * DirectoryKeeper}; until then such space counts against the quota.
 */
final class UnitAllocator {
    /** Where a fill writes; the unit is held by one writer until it is left. */
    record Target(
            int slot,
            int basePage,
            int pageShift,
            FileHandle handle,
            long fileOffset,
            @Nullable OwnFile file) {}

    /** Groups filled at the same time, so that a blob can go where it fits best. */
    private static final int OPEN_GROUPS = 4;

    /** Longest wait of a fill for the keeper to give space back; its reader has its bytes already. */
    private static final long ROOM_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Units looked at to find one victim. */
    private static final int CANDIDATES = 32;

    private static final int POSITIONS = 2048;

    private final CacheDirectory dir;
    private final SlotTable slots;
    private final Condition roomMade;
    private final OwnFiles own;
    final ArrayDeque<Integer> freeSpace = new ArrayDeque<>();
    private final ArrayDeque<Integer> freeBlank = new ArrayDeque<>();
    private final int[] openGroups = new int[OPEN_GROUPS];
    final Set<BlobId> pins = new HashSet<>();
    private int nextSlot = 1;
    private int hand = 1;
    private int sharedGroups;
    final AtomicLong staleBytes = new AtomicLong();
    final AtomicLong sharedBytes = new AtomicLong();

    UnitAllocator(CacheDirectory dir) {
        this.dir = dir;
        this.slots = dir.slots;
        this.roomMade = dir.lock.newCondition();
        this.own = new OwnFiles(dir, this);
    }

    OwnFiles own() {
        return own;
    }

    long sharedBytes() {
        return sharedBytes.get();
    }

    /** Space taken on the disk, also by what was evicted and not yet given back. */
    long allocatedBytes() {
        return dir.ownBytes.get()
                + staleBytes.get()
                + sharedBytes.get()
                + ((long) freeSpace.size() << Geometry.BLOCK_SHIFT);
    }

    int slotsInUse() {
        return nextSlot;
    }

    /** A unit to write the range to, or null if there is no room that it may take. */
    @Nullable
    Target prepare(Blob blob, long offset, int length, Admission admission) {
        dir.clock.advance();
        dir.lock.lock();
        try {
            if (dir.failure() != null) {
                return null;
            }
            return Geometry.ownsSegment(blob.sizeBytes())
                    ? own.prepare(blob, offset, length, admission)
                    : prepareShared(blob, offset, admission);
        } catch (IOException e) {
            dir.indexFailed(e);
            return null;
        } finally {
            dir.lock.unlock();
        }
    }

    private @Nullable Target prepareShared(Blob blob, long offset, Admission admission) throws IOException {
        long session = blob.id().session();
        long sequence = blob.id().sequence();
        long place = dir.members.findExactly(session, sequence);
        if (place == 0) {
            long key = ReusePolicy.key(session, sequence, 0);
            if ((key >>> 40 & 63) == 0) {
                dir.policy.missed(key, dir.clock.now());
            }
            place = placeMember(blob, admission);
            if (place == 0) {
                return null;
            }
        }
        int slot = MemberTable.slot(place);
        if (!slots.enterWriter(slot, slots.generation(slot))) {
            return null;
        }
        long at =
                SharedFiles.offset(slot) + ((long) MemberTable.firstPage(place) << Geometry.SMALL_PAGE_SHIFT) + offset;
        int base = MemberTable.firstPage(place);
        return new Target(slot, base, Geometry.SMALL_PAGE_SHIFT, dir.shared.open(slot), at, null);
    }

    private long placeMember(Blob blob, Admission admission) throws IOException {
        int pages = Geometry.pagesOf((int) blob.sizeBytes(), Geometry.SMALL_PAGE_SHIFT);
        int slot = openGroup(pages, admission);
        long meanwhile = dir.members.findExactly(blob.id().session(), blob.id().sequence());
        if (slot == 0 || meanwhile != 0) {
            return meanwhile;
        }
        int first = slots.usedPages(slot);
        int member = slots.members(slot);
        long session = blob.id().session();
        long sequence = blob.id().sequence();
        boolean pinned = pins.contains(blob.id());
        dir.index.writeMember(slots, slot, member, session, sequence, first, (int) blob.sizeBytes(), pinned);
        slots.usedPages(slot, first + pages);
        slots.members(slot, member + 1);
        if (pinned) {
            slots.pins(slot, slots.pins(slot) + 1);
        }
        long place = MemberTable.pack(slot, slots.generation(slot), first, member);
        dir.members.insert(session, sequence, place);
        return place;
    }

    /** The fullest open group with room for so many pages, or a new one; 0 if there is none. */
    private int openGroup(int pages, Admission admission) throws IOException {
        int most = openGroupsMax();
        int best = 0;
        for (int i = 0; i < most; i++) {
            int slot = openGroups[i];
            int left = slot == 0 ? 0 : Geometry.PAGES_MAX - slots.usedPages(slot);
            if (left >= pages && (best == 0 || left < Geometry.PAGES_MAX - slots.usedPages(best))) {
                best = slot;
            }
        }
        if (best != 0) {
            return best;
        }
        int slot = newGroup(admission);
        if (slot != 0) {
            // Looked at only now: making room may have waited, and others opened groups meanwhile.
            int fullest = 0;
            for (int i = 1; i < most; i++) {
                if (fill(openGroups[i]) > fill(openGroups[fullest])) {
                    fullest = i;
                }
            }
            if (openGroups[fullest] != 0) {
                slots.leaveWriter(openGroups[fullest]);
            }
            openGroups[fullest] = slot;
        }
        return slot;
    }
    /** At most an eighth of the quota is being filled. */
    private int openGroupsMax() {
        return (int) Math.max(1, Math.min(OPEN_GROUPS, dir.spec.quotaBytes() >> (Geometry.BLOCK_SHIFT + 3)));
    }

    private int fill(int slot) {
        return slot == 0 ? Integer.MAX_VALUE : slots.usedPages(slot);
    }

    private int newGroup(Admission admission) throws IOException {
        Integer slot = freeSpace.pollLast();
        if (slot == null) {
            if (!makeRoom(Geometry.BLOCK_BYTES, admission)) {
                return 0;
            }
            slot = freeSpace.pollLast();
            if (slot == null) {
                slot = blankSlot(admission);
            }
        }
        if (slot == 0) {
            return 0;
        }
        try {
            dir.shared.open(slot);
        } catch (IOException e) {
            freeSpace.add(slot);
            throw e;
        }
        claim(slot, SlotTable.FLAG_SHARED);
        slots.owner(slot, 0, 0, 0, 0);
        sharedGroups++;
        sharedBytes.set((long) sharedGroups << Geometry.BLOCK_SHIFT);
        return slot;
    }

    /** Makes a free slot live with one writer: the open group, or the fill that asked for it. */
    void claim(int slot, int flags) {
        slots.flags(slot, flags);
        slots.usedPages(slot, 0);
        slots.members(slot, 0);
        slots.pins(slot, 0);
        slots.touched(slot, dir.clock.now());
        slots.state(slot, SlotTable.LIVE + 1);
    }

    /** A slot without space, or 0 when all are taken and none can be evicted. */
    int blankSlot(Admission admission) throws IOException {
        Integer slot = freeBlank.pollLast();
        if (slot != null) {
            return slot;
        }
        if (nextSlot < slots.slotsMax()) {
            slots.ensure(nextSlot);
            // Now, so that the record has its place on the disk: on a full one units must still be given up.
            dir.index.writeFree(nextSlot, slots.generation(nextSlot), IndexFiles.KIND_FREE);
            return nextSlot++;
        }
        while (evictOne(admission, false)) {
            slot = freeBlank.pollLast();
            if (slot != null) {
                return slot;
            }
        }
        return 0;
    }

    void giveBlank(int slot) {
        freeBlank.add(slot);
    }

    /**
     * Makes sure that {@code bytes} more fit under the quota, by evicting what is stale. Space in large blobs' files comes
     * back only when the keeper has punched it, so this may wait a little; false means the bytes are passed by.
     */
    boolean makeRoom(long bytes, Admission admission) throws IOException {
        long deadline = System.nanoTime() + ROOM_WAIT_NANOS;
        while (allocatedBytes() + bytes > dir.spec.quotaBytes()) {
            if (staleBytes.get() == 0 && freeSpace.isEmpty()) {
                if (!evictOne(admission, false)) {
                    return false;
                }
                if (!freeSpace.isEmpty() && bytes == Geometry.BLOCK_BYTES) {
                    return true;
                }
                continue;
            }
            dir.wake();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                roomMade.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        if (allocatedBytes() + bytes > dir.spec.highBytes()) {
            dir.wake();
        }
        return true;
    }

    void roomMade() {
        roomMade.signalAll();
    }

    void wakeKeeper() {
        dir.wake();
    }

    /**
     * Frees the unit that has lain unused longest among those looked at.
     *
     * @param admission for which bytes
     * @param forced also one that the policy would keep; never a pinned one
     * @return whether one was freed
     */
    boolean evictOne(Admission admission, boolean forced) throws IOException {
        int victim = 0;
        int idlest = -1;
        int now = dir.clock.now();
        int seen = 0;
        for (int i = 0; i < POSITIONS && seen < CANDIDATES && i < nextSlot; i++) {
            hand = hand + 1 < nextSlot ? hand + 1 : 1;
            if (hand < nextSlot && slots.state(hand) == SlotTable.LIVE && !pinned(hand)) {
                seen++;
                int idle = Math.max(0, now - slots.touched(hand));
                if (idle > idlest) {
                    idlest = idle;
                    victim = hand;
                }
            }
        }
        if (victim == 0
                || !(forced || idlest > dir.policy.staleTicks() || admission.displaces(slots.touched(victim)))) {
            return false;
        }
        OwnFile file = ownFile(victim);
        return (file != null && file.lent) ? own.evictAll(file) : free(victim, true);
    }

    private boolean pinned(int slot) {
        if (slots.pins(slot) > 0) {
            return true;
        }
        OwnFile file = ownFile(slot);
        return file != null && (file.pinned || file.loans > 0);
    }

    private @Nullable OwnFile ownFile(int slot) {
        return slots.flag(slot, SlotTable.FLAG_SHARED)
                ? null
                : dir.files.get(new BlobId(slots.session(slot), slots.sequence(slot)));
    }

    /** Takes a unit from whoever has it, unless it is being written. */
    boolean free(int slot, boolean eviction) throws IOException {
        if (!slots.casState(slot, SlotTable.LIVE, SlotTable.FREE)) {
            return false;
        }
        boolean sharedGroup = slots.flag(slot, SlotTable.FLAG_SHARED);
        int generation = slots.generation(slot);
        try {
            // Said on disk before anybody may write there again; if that fails, the unit stays.
            dir.index.writeFree(slot, generation + 1, sharedGroup ? IndexFiles.KIND_FREE_SPACE : IndexFiles.KIND_FREE);
        } catch (IOException e) {
            slots.state(slot, SlotTable.LIVE);
            throw e;
        }
        int shift = sharedGroup ? Geometry.SMALL_PAGE_SHIFT : Geometry.pageShift(slots.blobBytes(slot));
        long bytes = (long) slots.presentPages(slot) << shift;
        if (eviction) {
            dir.stats.evictions.increment();
            dir.stats.evictedBytes.add(bytes);
            if (slots.flag(slot, SlotTable.FLAG_PREFETCHED)) {
                dir.stats.prefetchWastedBytes.add(bytes);
            }
        }
        if (sharedGroup) {
            dir.index.eachMember(slots, slot, m -> {
                long key = ReusePolicy.key(m.session(), m.sequence(), 0);
                if ((key >>> 40 & 63) == 0) {
                    dir.policy.evicted(key, slots.touched(slot));
                }
                dir.members.remove(
                        m.session(), m.sequence(), MemberTable.pack(slot, generation, m.firstPage(), m.number()));
            });
        } else {
            own.release(slot, bytes);
        }
        dir.held(slot, -slots.heldBytes(slot));
        slots.generation(slot, generation + 1);
        slots.addPresentPages(slot, -slots.clearPresent(slot, 0, Geometry.PAGES_MAX));
        slots.clearFlag(
                slot, SlotTable.FLAG_DIRTY | SlotTable.FLAG_SUSPECT | SlotTable.FLAG_PREFETCHED | SlotTable.FLAG_TORN);
        dir.suspects.forget(slot);
        if (sharedGroup) {
            sharedGroups--;
            sharedBytes.set((long) sharedGroups << Geometry.BLOCK_SHIFT);
        }
        (sharedGroup ? freeSpace : freeBlank).add(slot);
        return true;
    }

    /** Forgets a blob. */
    void evict(BlobId blob) {
        dir.lock.lock();
        try {
            if (dir.failure() != null) {
                return;
            }
            OwnFile file = dir.files.get(blob);
            if (file != null) {
                own.evictAll(file);
            }
            long place = dir.members.findExactly(blob.session(), blob.sequence());
            if (place != 0 && dir.members.remove(blob.session(), blob.sequence(), place)) {
                int slot = MemberTable.slot(place);
                int member = MemberTable.member(place);
                dir.index.eachMember(slots, slot, m -> {
                    if (m.number() == member) {
                        int bytes = slots.presentBytes(slot, m.firstPage(), m.bytes(), Geometry.SMALL_PAGE_SHIFT);
                        dir.held(slot, -bytes);
                    }
                });
                dir.index.writeMember(
                        slots, slot, member, blob.session(), blob.sequence(), MemberTable.firstPage(place), 0, false);
                if (pins.contains(blob)) {
                    slots.pins(slot, slots.pins(slot) - 1);
                }
            }
        } catch (IOException e) {
            dir.indexFailed(e);
        } finally {
            dir.lock.unlock();
        }
    }

    void pin(BlobId blob, boolean pinned) {
        dir.lock.lock();
        try {
            if (dir.failure() != null || (pinned ? !pins.add(blob) : !pins.remove(blob))) {
                return;
            }
            OwnFile file = dir.files.get(blob);
            if (file != null) {
                file.pinned = pinned;
                own.markDirty(file);
            }
            long place = dir.members.findExactly(blob.session(), blob.sequence());
            if (place != 0) {
                int slot = MemberTable.slot(place);
                slots.pins(slot, slots.pins(slot) + (pinned ? 1 : -1));
                dir.index.eachMember(slots, slot, m -> rewritePin(slot, m, blob, pinned));
            }
        } catch (IOException e) {
            dir.indexFailed(e);
        } finally {
            dir.lock.unlock();
        }
    }

    private void rewritePin(int slot, IndexFiles.Member m, BlobId blob, boolean pinned) {
        if (m.session() == blob.session() && m.sequence() == blob.sequence()) {
            try {
                dir.index.writeMember(
                        slots, slot, m.number(), m.session(), m.sequence(), m.firstPage(), m.bytes(), pinned);
            } catch (IOException e) {
                dir.indexFailed(e);
            }
        }
    }

    /** Takes over a slot that the index of an earlier run describes; under no lock, before anybody else is there. */
    void adopt(int slot, int kind) {
        nextSlot = Math.max(nextSlot, slot + 1);
        switch (kind) {
            case IndexFiles.KIND_SHARED -> {
                sharedGroups++;
                sharedBytes.set((long) sharedGroups << Geometry.BLOCK_SHIFT);
                reopen(slot);
            }
            case IndexFiles.KIND_FREE_SPACE -> freeSpace.add(slot);
            case IndexFiles.KIND_FREE -> freeBlank.add(slot);
            default -> {}
        }
    }

    /** Goes on filling a group that has room, so that restarts do not leave half-empty ones behind. */
    private void reopen(int slot) {
        if (slots.usedPages(slot) > Geometry.PAGES_MAX * 3 / 4) {
            return;
        }
        for (int i = 0; i < openGroupsMax(); i++) {
            if (openGroups[i] == 0) {
                openGroups[i] = slot;
                slots.state(slot, SlotTable.LIVE + 1);
                return;
            }
        }
    }
}

package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pages found after the machine went down with the cache open: their index may have reached the disk before they did, so
 * each is compared with its checksum when it is first touched, and forgotten if it does not match.
 */
final class SuspectPages {
    private final CacheDirectory dir;
    private final SlotTable slots;

    /** Per suspect slot: the pages that were found good, or were written since. */
    private final ConcurrentHashMap<Integer, long[]> verified = new ConcurrentHashMap<>();

    SuspectPages(CacheDirectory dir) {
        this.dir = dir;
        this.slots = dir.slots;
    }

    /** Has all pages of a slot checked from now on. */
    void add(int slot) {
        verified.put(slot, new long[IndexFiles.WORDS]);
        slots.setFlag(slot, SlotTable.FLAG_SUSPECT);
    }

    void forget(int slot) {
        if (!verified.isEmpty()) {
            verified.remove(slot);
        }
    }

    /** Whether any page is still unchecked. */
    boolean any() {
        return !verified.isEmpty();
    }

    /** Pages that a fill has just written are good. */
    void rewritten(int slot, int first, int end) {
        if (!verified.isEmpty()) {
            long[] good = verified.get(slot);
            if (good != null) {
                mark(good, first, end);
            }
        }
    }

    private static void mark(long[] good, int first, int end) {
        synchronized (good) {
            for (int page = first; page < end; page++) {
                good[page >> 6] |= 1L << page;
            }
        }
    }

    private static boolean marked(long[] good, int page) {
        synchronized (good) {
            return (good[page >> 6] >>> page & 1) != 0;
        }
    }

    /** As {@link #checked} for pages of a small blob, of which page {@code base} of the group is the first. */
    boolean checkedMember(
            int slot, FileHandle handle, long start, Blob blob, int base, int first, int end, boolean wait) {
        long shift = (long) base << Geometry.SMALL_PAGE_SHIFT;
        return checked(slot, handle, start - shift, blob.id(), -shift, blob.sizeBytes(), first, end, wait);
    }

    /** As below for a block of a large blob that begins at {@code blockStart} in blob and file. */
    boolean checked(
            int slot, FileHandle handle, long blockStart, BlobId id, long blobBytes, int first, int end, boolean wait) {
        return checked(slot, handle, blockStart, id, blockStart, blobBytes, first, end, wait);
    }

    /**
     * Whether pages of a suspect slot are as they were written.
     *
     * @param fileBase where the slot's page 0 lies in the file
     * @param blobBase where it lies in the blob (negative for a group that begins with other blobs)
     * @param wait whether the disk may be read; if not, only pages checked before are good
     */
    private boolean checked(
            int slot,
            FileHandle handle,
            long fileBase,
            BlobId id,
            long blobBase,
            long blobBytes,
            int first,
            int end,
            boolean wait) {
        long[] good = verified.get(slot);
        if (good == null) {
            return true;
        }
        int generation = slots.generation(slot);
        int shift = Geometry.pageShift(blobBytes);
        boolean all = true;
        for (int page = first; page < end; page++) {
            if (marked(good, page)) {
                continue;
            }
            if (!wait) {
                return false;
            }
            long inBlob = blobBase + ((long) page << shift);
            int bytes = (int) Math.min(1L << shift, blobBytes - inBlob);
            try {
                boolean matches = matches(slot, handle, fileBase + ((long) page << shift), id, inBlob, bytes, page);
                all &= settle(slot, generation, page, shift, matches, good);
            } catch (IOException e) {
                dir.fail("cannot read " + handle, e);
                return false;
            }
        }
        return all;
    }

    private boolean matches(int slot, FileHandle handle, long at, BlobId id, long inBlob, int bytes, int page)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(bytes);
            if (handle.pread(data, at) != bytes) {
                return false;
            }
            int sum = Checksums.page(id.session(), id.sequence(), inBlob, data, 0, bytes);
            return dir.index.readChecksums(slot, page, 1)[0] == sum;
        }
    }

    private boolean settle(int slot, int generation, int page, int shift, boolean matches, long[] good) {
        dir.lock.lock();
        try {
            if (slots.generation(slot) != generation) {
                return false;
            }
            dir.stats.suspectPages.increment();
            if (matches) {
                mark(good, page, page + 1);
                if (allGood(slot, good)) {
                    slots.clearFlag(slot, SlotTable.FLAG_SUSPECT);
                    verified.remove(slot);
                }
                return true;
            }
            if (marked(good, page)) {
                // A fill wrote it meanwhile.
                return true;
            }
            dir.stats.corruptPages.increment();
            dir.forgetPage(slot, page, shift);
            return false;
        } finally {
            dir.lock.unlock();
        }
    }

    private boolean allGood(int slot, long[] good) {
        synchronized (good) {
            for (int word = 0; word < good.length; word++) {
                if ((slots.bits(slot, word) & ~good[word]) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}

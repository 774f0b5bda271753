package dev.leat.cache;

import dev.leat.store.BlobId;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileStat;
import dev.leat.sys.Fs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what an earlier run left in a folder. Reads the index and the list of files, never the data. */
final class DirectoryLoader {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLoader.class);
    private static final int BATCH = 4096;

    private final CacheDirectory dir;
    private final Path folder;
    private final String bootId;
    private boolean suspect;

    DirectoryLoader(CacheDirectory dir, Path folder, String bootId) {
        this.dir = dir;
        this.folder = folder;
        this.bootId = bootId;
    }

    void load() throws IOException {
        Files.createDirectories(folder.resolve("own"));
        IndexFiles.Trust trust = dir.index.trust(dir.spec.volume(), bootId);
        if (trust == IndexFiles.Trust.NONE) {
            dir.index.clear();
            deleteFiles(false);
            return;
        }
        suspect = trust == IndexFiles.Trust.SUSPECT;
        int count = dir.index.slots();
        for (int first = 0; first < count; first += BATCH) {
            int batch = Math.min(BATCH, count - first);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment records = dir.index.readRecords(arena, first, batch);
                for (int i = first == 0 ? 1 : 0; i < batch; i++) {
                    record(records, i, first + i);
                }
            }
        }
        deleteFiles(true);
        dropTornLoans();
        dir.files.values().forEach(this::findStaleSpace);
        if (suspect) {
            LOG.info(
                    "cache folder {} was not closed before the machine went down; its pages are checked at first touch",
                    folder);
        }
    }

    private void record(MemorySegment records, int i, int slot) throws IOException {
        dir.slots.ensure(slot);
        if (!IndexFiles.valid(records, i, slot)) {
            // Torn, or never written: whether the group has space is unknown, and no old member may be believed.
            dir.slots.generation(slot, ThreadLocalRandom.current().nextInt());
            dir.units.adopt(slot, IndexFiles.KIND_FREE_SPACE);
            return;
        }
        IndexFiles.load(records, i, dir.slots, slot);
        int kind = IndexFiles.kind(records, i);
        boolean kept =
                switch (kind) {
                    case IndexFiles.KIND_OWN -> own(slot, IndexFiles.pinned(records, i));
                    case IndexFiles.KIND_SHARED -> shared(slot);
                    default -> false;
                };
        if (kept) {
            dir.slots.state(slot, SlotTable.LIVE);
            dir.units.adopt(slot, kind);
            if (suspect) {
                dir.suspects.add(slot);
            }
        } else {
            dir.slots.addPresentPages(slot, -dir.slots.clearPresent(slot, 0, Geometry.PAGES_MAX));
            if (kind == IndexFiles.KIND_OWN || kind == IndexFiles.KIND_SHARED) {
                dir.slots.generation(slot, dir.slots.generation(slot) + 1);
            }
            dir.units.adopt(
                    slot,
                    kind == IndexFiles.KIND_OWN || kind == IndexFiles.KIND_FREE
                            ? IndexFiles.KIND_FREE
                            : IndexFiles.KIND_FREE_SPACE);
        }
    }

    private boolean own(int slot, boolean pinned) {
        SlotTable slots = dir.slots;
        long size = slots.blobBytes(slot);
        int block = slots.block(slot);
        if (slots.presentPages(slot) == 0 || !Geometry.ownsSegment(size) || block >= Geometry.blocks(size)) {
            return false;
        }
        BlobId id = new BlobId(slots.session(slot), slots.sequence(slot));
        OwnFile file = dir.files.get(id);
        if (file == null) {
            Path path = OwnFiles.path(folder, id);
            FileStat stat = stat(path);
            // Lent as a block device it is longer than the blob.
            if (stat == null || (stat.size() != size && stat.size() != Geometry.paddedBytes(size))) {
                return false;
            }
            file = new OwnFile(id, size, path);
            file.lent = Lending.wasLent(stat);
            dir.files.put(id, file);
        }
        if (file.units.get(block) != 0) {
            return false;
        }
        file.units.set(block, OwnFile.unit(slot, slots.generation(slot)));
        file.liveUnits++;
        if (pinned) {
            file.pinned = true;
            dir.units.pins.add(id);
        }
        int shift = Geometry.pageShift(size);
        dir.ownBytes.addAndGet((long) slots.presentPages(slot) << shift);
        dir.held(slot, slots.presentBytes(slot, 0, Geometry.blockBytes(size, block), shift));
        return true;
    }

    private boolean shared(int slot) throws IOException {
        SlotTable slots = dir.slots;
        if (slots.presentPages(slot) == 0) {
            return false;
        }
        slots.setFlag(slot, SlotTable.FLAG_SHARED);
        dir.shared.open(slot);
        int[] found = new int[1];
        dir.index.eachMember(slots, slot, m -> {
            long place = MemberTable.pack(slot, slots.generation(slot), m.firstPage(), m.number());
            dir.members.insert(m.session(), m.sequence(), place);
            found[0]++;
            dir.held(slot, slots.presentBytes(slot, m.firstPage(), m.bytes(), Geometry.SMALL_PAGE_SHIFT));
            if (m.pinned()) {
                dir.units.pins.add(new BlobId(m.session(), m.sequence()));
                slots.pins(slot, slots.pins(slot) + 1);
            }
        });
        return found[0] > 0;
    }

    private static @Nullable FileStat stat(Path path) {
        try {
            return Fs.lstat(path);
        } catch (ErrnoException e) {
            return null;
        }
    }

    /** A file that may be mapped must not be written over, which is what becomes of the pages that the index lacks. */
    private void dropTornLoans() throws IOException {
        dir.lock.lock();
        try {
            for (OwnFile file : List.copyOf(dir.files.values())) {
                if (file.lent && !dir.lending.isWhole(file, false)) {
                    dir.units.own().evictAll(file);
                }
            }
        } finally {
            dir.lock.unlock();
        }
    }

    /** What the file has on disk beyond its present pages was evicted and not yet given back. */
    private void findStaleSpace(OwnFile file) {
        FileStat stat = stat(file.path);
        long live = 0;
        int absent = 0;
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0) {
                live += (long) dir.slots.presentPages(OwnFile.slot(unit)) << Geometry.pageShift(file.sizeBytes);
            } else {
                absent++;
            }
        }
        long excess = stat == null ? 0 : stat.allocatedBytes() - live;
        if (absent == 0 || excess < Geometry.BLOCK_BYTES) {
            return;
        }
        long each = Math.min(Geometry.BLOCK_BYTES, excess / absent);
        for (int block = 0; block < file.units.length(); block++) {
            if (file.units.get(block) == 0) {
                dir.units.own().addStale(file, block, each);
            }
        }
        dir.units.own().withStale.add(file);
    }

    /** Deletes segment files that the index does not know ({@code known}), or all of them. */
    private void deleteFiles(boolean known) throws IOException {
        try (DirectoryStream<Path> subfolders = Files.newDirectoryStream(folder.resolve("own"))) {
            for (Path subfolder : subfolders) {
                try (DirectoryStream<Path> segments = Files.newDirectoryStream(subfolder)) {
                    for (Path segment : segments) {
                        if (!known || !isKnown(segment)) {
                            Files.delete(segment);
                        }
                    }
                }
            }
        }
        if (!known) {
            try (DirectoryStream<Path> segments = Files.newDirectoryStream(folder, "shared-*")) {
                for (Path segment : segments) {
                    Files.delete(segment);
                }
            }
        }
    }

    private boolean isKnown(Path segment) {
        String name = String.valueOf(segment.getFileName());
        if (name.length() != 32) {
            return false;
        }
        try {
            long session = Long.parseUnsignedLong(name.substring(0, 16), 16);
            return dir.files.containsKey(new BlobId(session, Long.parseUnsignedLong(name.substring(16), 16)));
        } catch (NumberFormatException e) {
            return false;
        }
    }
}

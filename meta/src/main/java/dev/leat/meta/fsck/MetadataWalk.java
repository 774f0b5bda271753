package dev.leat.meta.fsck;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fsck.FactSpill.Subject;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/** Takes the export of a volume key by key: checks what can be told on the spot, and spills what must be compared with other rows. */
final class MetadataWalk {
    private static final Set<Long> NO_QUOTA = Set.of(0L);

    private final FactSpill inodes;
    private final FactSpill blobs;
    private final Findings findings;
    private final UsageCheck usage;
    private Set<Long> quotaRoot = NO_QUOTA;
    private long directory = -1;
    private boolean directoryRow;
    private long entries;
    private long subdirectories;
    private DirCell cells = DirCell.ZERO;

    MetadataWalk(FactSpill inodes, FactSpill blobs, Findings findings, UsageCheck usage) {
        this.inodes = inodes;
        this.blobs = blobs;
        this.findings = findings;
        this.usage = usage;
    }

    /** Takes one key; keys of a partition come together and in order. */
    void entry(Key key, byte[] value) throws MetaException {
        try {
            take(key, value);
        } catch (MetaException e) {
            if (e.kind() != MetaException.Kind.CORRUPT && e.kind() != MetaException.Kind.FOREIGN) {
                throw e;
            }
            findings.add(Problem.broken("key " + key.partition() + " " + key.name(), String.valueOf(e.getMessage())));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            findings.add(Problem.broken("key " + key.partition() + " " + key.name(), "makes no sense"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All keys were taken. */
    void end() {
        endDirectory();
    }

    private void take(Key key, byte[] value) throws MetaException, IOException {
        Bytes partition = key.partition();
        Bytes name = key.name();
        if (Keys.isDirectory(partition)) {
            inDirectory(Keys.numberIn(partition), name, value);
        } else if (Keys.isInode(partition)) {
            inInode(Keys.numberIn(partition), name, value);
        } else if (partition.equals(Keys.BLOBS)) {
            inBlobs(name, value);
        } else if (partition.equals(Keys.QUOTAS)) {
            usage.quotaRow(name, value);
        } else if (partition.equals(Keys.ORPHANS)) {
            if (name.at(0) == 'o') {
                findings.orphans++;
                inodes.add(inode(Keys.numberIn(name)), Fact.ORPHAN, 0, 0, 0);
            } else if (name.at(0) == 't') {
                usage.treeInMaking();
                inodes.add(inode(Keys.numberIn(name)), Fact.ATTACHED, 0, 0, 0);
            } else {
                inodes.add(inode(Keys.generationIno(name)), Fact.GENERATION, hash(Keys.generationIn(name)), 0, 0);
            }
        }
    }

    private void inDirectory(long ino, Bytes name, byte[] value) throws MetaException, IOException {
        if (ino != directory) {
            endDirectory();
            directory = ino;
        }
        if (name.at(0) == '#') {
            cells = cells.plus(DirCell.of(Cell.decode(value)));
        } else if (name.at(0) == '.' && name.length() == 1) {
            directoryRow = true;
            quotaRoot = Set.of(DirRecord.decode(value).quotaRoot());
            findings.directories++;
            inodes.add(inode(ino), Fact.DIRECTORY, 0, 0, 0);
        } else if (name.at(0) == '.') {
            DirParent parent = DirParent.decode(value);
            Name own = parent.name();
            inodes.add(inode(ino), Fact.DIRECTORY_PARENT, parent.parent(), own == null ? 0 : hash(own), 0);
        } else {
            entries++;
            long nameHash = hash(Keys.nameIn(name));
            switch (EntryRecord.decode(value)) {
                case EntryRecord.Directory(long child) -> {
                    subdirectories++;
                    if (ino != MetaFs.TRASH) { // The trash's own directories are nobody's.
                        usage.inode(quotaRoot, 0);
                    }
                    inodes.add(inode(child), Fact.ENTRY_DIRECTORY, ino, nameHash, 0);
                }
                case EntryRecord.Embedded(long child, FileRecord file) -> {
                    inodes.add(inode(child), Fact.ENTRY_EMBEDDED, ino, nameHash, 0);
                    usage.inode(quotaRoot, file.allocatedBytes());
                    file(child, file);
                }
                case EntryRecord.Hard(long child, var type) ->
                    inodes.add(
                            inode(child),
                            Fact.ENTRY_HARD,
                            ino,
                            nameHash,
                            quotaRoot.iterator().next());
            }
        }
    }

    private void endDirectory() {
        if (directory < 0) {
            return;
        }
        String subject = "directory " + directory;
        if (!directoryRow && (entries > 0 || cells.entries() != 0)) {
            findings.add(Problem.broken(subject, "has entries but no record"));
        } else if (cells.entries() != entries || cells.subdirectories() != subdirectories) {
            findings.add(Problem.count(
                    subject,
                    "counts wrong numbers of entries and subdirectories:",
                    cells.entries() + " and " + cells.subdirectories() + " instead of " + entries + " and "
                            + subdirectories,
                    Keys.cell(directory, 0),
                    new DirCell(entries - cells.entries(), subdirectories - cells.subdirectories(), 0, 0).toCell()));
        }
        directory = -1;
        directoryRow = false;
        quotaRoot = NO_QUOTA;
        entries = 0;
        subdirectories = 0;
        cells = DirCell.ZERO;
    }

    private void inInode(long ino, Bytes name, byte[] value) throws MetaException, IOException {
        switch (name.at(0)) {
            case 'r' -> {
                switch (InodeRef.decode(value)) {
                    case InodeRef.At(long parent, Name entry) ->
                        inodes.add(inode(ino), Fact.REF_AT, parent, hash(entry), 0);
                    case InodeRef.Full(FileRecord file) -> {
                        inodes.add(inode(ino), Fact.REF_FULL, file.nlink(), file.allocatedBytes(), 0);
                        file(ino, file);
                    }
                }
            }
            case 'l' -> inodes.add(inode(ino), Fact.LINK, Keys.linkParent(name), hash(Keys.linkName(name)), 0);
            case 'x' -> {
                List<Extent> extents = ExtentPage.decode(value).extents();
                long covered = references(extents);
                inodes.add(inode(ino), Fact.PAGE, hash(Keys.pageGeneration(name)), extents.size(), covered);
            }
            default -> inodes.add(inode(ino), Fact.ATTACHED, 0, 0, 0);
        }
    }

    private void file(long ino, FileRecord file) throws IOException {
        findings.files++;
        switch (file.layout()) {
            case Layout.Inline(Bytes content) -> {
                if (content.length() != file.sizeBytes() || content.length() > MetaFs.INLINE_BYTES_MAX) {
                    findings.add(Problem.broken(
                            "inode " + ino,
                            "has " + content.length() + " bytes in its record and a size of " + file.sizeBytes()));
                }
            }
            case Layout.Extents(List<Extent> extents) -> {
                long covered = references(extents);
                long end = extents.isEmpty() ? 0 : extents.getLast().fileEnd();
                if (end > file.sizeBytes()) {
                    findings.add(Problem.broken("inode " + ino, "has extents beyond its end"));
                }
                if (covered != file.allocatedBytes() && file.target() == null) {
                    findings.add(Problem.broken(
                            "inode " + ino,
                            "says that " + file.allocatedBytes() + " bytes are allocated, its extents have "
                                    + covered));
                }
            }
            case Layout.Paged(BlobId generation, int pages, long extents) -> {
                inodes.add(inode(ino), Fact.PAGED, hash(generation), pages, extents);
                inodes.add(inode(ino), Fact.PAGED_BYTES, file.allocatedBytes(), 0, 0);
            }
        }
    }

    private long references(List<Extent> extents) throws IOException {
        long covered = 0;
        for (Extent extent : extents) {
            covered += extent.lengthBytes();
            findings.referencedBytes += extent.lengthBytes();
            blobs.add(blob(extent.blob()), Fact.REFERENCE, extent.lengthBytes(), extent.blobSizeBytes(), 0);
        }
        return covered;
    }

    private void inBlobs(Bytes name, byte[] value) throws MetaException, IOException {
        switch (name.at(0)) {
            case 'b' ->
                blobs.add(
                        blob(Keys.blobIn(name)),
                        Fact.BLOB,
                        BlobRecord.decode(value).sizeBytes(),
                        0,
                        0);
            case 'd' ->
                blobs.add(
                        blob(Keys.blobIn(name)),
                        Fact.DOOMED,
                        BlobRecord.decode(value).sizeBytes(),
                        0,
                        0);
            case 'n' -> {
                long[] sums = Cell.decode(value).sums();
                blobs.add(blob(Keys.blobIn(name)), Fact.LIVE, sums.length == 0 ? 0 : sums[0], 0, 0);
            }
            default -> {
                // The mark of garbage collection says nothing about a blob.
            }
        }
    }

    static Subject inode(long ino) {
        return new Subject(0, ino);
    }

    static Subject blob(BlobId blob) {
        return new Subject(blob.session(), blob.sequence());
    }

    private static long hash(BlobId blob) {
        return blob.session() * 31 + blob.sequence();
    }

    private static long hash(Name name) {
        byte[] bytes = name.bytes().unsafeArray();
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        // Two halves, so that two names of one directory practically never look the same.
        return ((long) Arrays.hashCode(bytes) << 32) ^ crc.getValue();
    }
}

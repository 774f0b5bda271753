package dev.leat.dataset.index;

import static dev.leat.dataset.index.IndexLayout.CHILDREN;
import static dev.leat.dataset.index.IndexLayout.FIRST;
import static dev.leat.dataset.index.IndexLayout.HEADER_BYTES;
import static dev.leat.dataset.index.IndexLayout.INT;
import static dev.leat.dataset.index.IndexLayout.LONG;
import static dev.leat.dataset.index.IndexLayout.PARENT;
import static dev.leat.dataset.index.IndexLayout.ROW_BYTES;
import static dev.leat.dataset.index.IndexLayout.SHORT;
import static dev.leat.dataset.index.IndexLayout.SUBDIRECTORIES;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestException;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.manifest.Strength;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Mapping;
import dev.leat.sys.Open;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Makes an index from a manifest, in two passes: rows are written in the order of the manifest, where the names of a directory are scattered,
 * and then moved to where its names stand side by side. All of it is in files, none on the heap.
 */
final class TreeIndexBuilder {
    private static final int TEXT_BUFFER_BYTES = 1 << 20;

    private final ManifestSummary promised;
    private final Path folder;

    /**
     * @param promised what the manifest is to come to
     * @param folder where files are made
     */
    TreeIndexBuilder(ManifestSummary promised, Path folder) {
        this.promised = promised;
        this.folder = folder;
    }

    /**
     * Writes the index.
     *
     * @throws ManifestException if the manifest is damaged, or another one than was promised; then there is no index
     */
    void build(ManifestReader manifest, Path target) throws IOException {
        long rows = promised.entries();
        if (rows < 1 || rows > Integer.MAX_VALUE - 8) {
            throw new ManifestException("it promises " + rows + " names; at most 2,147,483,639 fit into an index");
        }
        Path temporary = Files.createTempFile(folder, "index-", ".new");
        boolean done = false;
        try (FileHandle file = FileHandle.open(temporary, Open.RDWR, 0);
                FileHandle scratch = scratch()) {
            long textsAt = HEADER_BYTES + rows * ROW_BYTES;
            file.truncate(textsAt);
            scratch.truncate(rows * (ROW_BYTES + Integer.BYTES));
            long length;
            try (Mapping map = file.map(0, textsAt, true);
                    Mapping passing = scratch.map(0, rows * (ROW_BYTES + Integer.BYTES), true)) {
                length = collect(manifest, passing.segment(), temporary, textsAt);
                if (!manifest.summary().equals(promised)) {
                    throw new ManifestException("its digest is "
                            + manifest.summary().tree() + " with manifest "
                            + manifest.summary().manifest() + ", the version's are " + promised.tree() + " and "
                            + promised.manifest());
                }
                arrange(passing.segment(), map.segment().asSlice(HEADER_BYTES), (int) rows);
                header(map.segment(), length);
            }
            file.sync();
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    private FileHandle scratch() throws IOException {
        Path path = Files.createTempFile(folder, "index-", ".tmp");
        try {
            return FileHandle.open(path, Open.RDWR, 0);
        } finally {
            Files.delete(path);
        }
    }

    /** Rows in the order of the manifest, and texts; returns the length of the file. */
    private long collect(ManifestReader manifest, MemorySegment rows, Path file, long textsAt) throws IOException {
        long at = textsAt;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.position(textsAt);
            try (OutputStream texts = new BufferedOutputStream(Channels.newOutputStream(channel), TEXT_BUFFER_BYTES)) {
                for (ManifestEntry entry = manifest.next(); entry != null; entry = manifest.next()) {
                    if (manifest.number() >= promised.entries()) {
                        throw new ManifestException("there are more names in it than the version has");
                    }
                    at += row(rows, manifest.number(), manifest.parent(), entry, at, texts);
                }
            }
        }
        return at;
    }

    /** Writes a row and its texts; returns their length. */
    private static int row(
            MemorySegment rows, int number, int parent, ManifestEntry entry, long textsAt, OutputStream texts)
            throws IOException {
        String path = entry.path();
        byte[] name = path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
        String said = entry.isFile() ? entry.validator() : entry.target();
        byte[] text = (said == null ? "" : said).getBytes(StandardCharsets.UTF_8);
        Sha256 content = entry.content();
        long row = (long) number * ROW_BYTES;
        rows.set(INT, row + PARENT, parent);
        rows.set(INT, row + IndexLayout.MODE, IndexLayout.kindAndMode(entry.kind(), entry.mode()));
        // Of a directory its children are counted here as they come.
        rows.set(
                LONG,
                row + IndexLayout.SIZE,
                entry.isFile() ? entry.sizeBytes() : entry.isDirectory() ? 0 : text.length);
        rows.set(LONG, row + IndexLayout.MODIFIED, Math.max(entry.modifiedEpochMs(), 0));
        rows.set(INT, row + IndexLayout.UID, entry.uid());
        rows.set(INT, row + IndexLayout.GID, entry.gid());
        rows.set(LONG, row + IndexLayout.TEXTS, textsAt);
        rows.set(SHORT, row + IndexLayout.NAME_LENGTH, (short) name.length);
        rows.set(SHORT, row + IndexLayout.TEXT_LENGTH, (short) text.length);
        rows.set(JAVA_BYTE, row + IndexLayout.HAS_DIGEST, (byte) (content == null ? 0 : 1));
        rows.set(LONG, row + IndexLayout.NAME_HEAD, IndexLayout.head(name));
        if (parent >= 0) {
            long above = (long) parent * ROW_BYTES;
            rows.set(INT, above + CHILDREN, rows.get(INT, above + CHILDREN) + 1);
            if (entry.isDirectory()) {
                rows.set(INT, above + SUBDIRECTORIES, rows.get(INT, above + SUBDIRECTORIES) + 1);
            }
        }
        texts.write(name);
        texts.write(text);
        if (content == null) {
            return name.length + text.length;
        }
        ByteBuffer digest = ByteBuffer.allocate(Sha256.BYTES);
        content.write(digest);
        texts.write(digest.array());
        return name.length + text.length + Sha256.BYTES;
    }

    /**
     * Moves rows. Each directory, in the order of the manifest, gets the next free rows for its children, which the manifest has in
     * the order of their names.
     */
    private static void arrange(MemorySegment from, MemorySegment to, int rows) {
        MemorySegment places = from.asSlice((long) rows * ROW_BYTES);
        int free = 1;
        for (int i = 0; i < rows; i++) {
            long row = (long) i * ROW_BYTES;
            if ((from.get(INT, row + IndexLayout.MODE) & IndexLayout.IS_DIRECTORY) != 0) {
                from.set(INT, row + FIRST, free);
                free += from.get(INT, row + CHILDREN);
            }
        }
        for (int i = 0; i < rows; i++) {
            long row = (long) i * ROW_BYTES;
            int parent = from.get(INT, row + PARENT);
            int place = 0;
            if (parent >= 0) {
                long above = (long) parent * ROW_BYTES;
                // What stands there goes on with each child, and back by their number below.
                place = from.get(INT, above + FIRST);
                from.set(INT, above + FIRST, place + 1);
            }
            places.set(INT, (long) i * Integer.BYTES, place);
        }
        for (int i = 0; i < rows; i++) {
            long row = (long) i * ROW_BYTES;
            int place = places.get(INT, (long) i * Integer.BYTES);
            long moved = (long) place * ROW_BYTES;
            MemorySegment.copy(from, row, to, moved, ROW_BYTES);
            int parent = from.get(INT, row + PARENT);
            to.set(INT, moved + PARENT, parent < 0 ? 0 : places.get(INT, (long) parent * Integer.BYTES));
            if ((from.get(INT, row + IndexLayout.MODE) & IndexLayout.IS_DIRECTORY) != 0) {
                // By now it stands behind the last child.
                to.set(INT, moved + FIRST, from.get(INT, row + FIRST) - from.get(INT, row + CHILDREN));
            }
        }
    }

    private void header(MemorySegment to, long length) {
        MemorySegment.copy(IndexLayout.MAGIC, 0, to, JAVA_BYTE, 0, IndexLayout.MAGIC.length);
        to.set(INT, IndexLayout.H_FORM, IndexLayout.FORM);
        to.set(INT, IndexLayout.H_STRENGTH, promised.strength() == Strength.STRONG ? 1 : 0);
        to.set(LONG, IndexLayout.H_ROWS, promised.entries());
        to.set(LONG, IndexLayout.H_FILES, promised.files());
        to.set(LONG, IndexLayout.H_DIRECTORIES, promised.directories());
        to.set(LONG, IndexLayout.H_LINKS, promised.links());
        to.set(LONG, IndexLayout.H_BYTES, promised.bytes());
        to.set(LONG, IndexLayout.H_LENGTH, length);
        ByteBuffer digests = ByteBuffer.allocate(2 * Sha256.BYTES);
        promised.tree().write(digests);
        promised.manifest().write(digests);
        MemorySegment.copy(digests.array(), 0, to, JAVA_BYTE, IndexLayout.H_TREE, digests.capacity());
        to.set(INT, IndexLayout.H_CRC, checksum(to));
    }

    static int checksum(MemorySegment header) {
        CRC32C crc = new CRC32C();
        crc.update(header.asSlice(0, IndexLayout.H_CRC).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
        return (int) crc.getValue();
    }
}

package dev.leat.dataset.index;

import static dev.leat.dataset.index.IndexLayout.HEADER_BYTES;
import static dev.leat.dataset.index.IndexLayout.INT;
import static dev.leat.dataset.index.IndexLayout.LONG;
import static dev.leat.dataset.index.IndexLayout.ROW_BYTES;
import static dev.leat.dataset.index.IndexLayout.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Mapping;
import dev.leat.sys.Open;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The names of a sealed tree in a mapped file. A name is known by its <i>row</i>, the same at each mount of the tree: the root is 0,
 * and those of one directory follow each other in the order of their bytes, so that a name is found by halving. Opening reads one
 * page, however large the tree is.
 *
 * <p>Any thread may ask; whoever closes it does so after the last one. A page that is not in memory is waited for.
 */
public final class TreeIndex implements AutoCloseable {
    private static final String SUFFIX = ".index";

    private final Mapping mapping;
    private final MemorySegment all;
    private final MemorySegment rows;
    private final ManifestSummary summary;

    private TreeIndex(Mapping mapping, ManifestSummary summary) {
        this.mapping = mapping;
        this.all = mapping.segment();
        this.rows = all.asSlice(HEADER_BYTES, summary.entries() * ROW_BYTES);
        this.summary = summary;
    }

    /** Gives a manifest to read, from its beginning. */
    public interface Manifest {
        /** Opens it. */
        InputStream open() throws IOException;
    }

    /**
     * Opens the index of a tree, or makes it from its manifest first.
     *
     * @param folder where indexes are kept, made if it is missing
     * @param summary what the manifest comes to
     * @throws dev.leat.dataset.manifest.ManifestException if the manifest is damaged, or another one
     */
    public static TreeIndex open(Path folder, ManifestSummary summary, Manifest manifest) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(summary.manifest().hex() + SUFFIX);
        TreeIndex known = Files.exists(file) ? existing(file, summary) : null;
        if (known != null) {
            return known;
        }
        try (InputStream in = manifest.open();
                ManifestReader reader = new ManifestReader(in)) {
            new TreeIndexBuilder(summary, folder).build(reader, file);
        }
        TreeIndex made = existing(file, summary);
        if (made == null) {
            throw new IOException("the index " + file + " cannot be read right after it was written");
        }
        return made;
    }

    /** Null if what lies there is damaged, or of another form: then it is made anew. */
    private static @Nullable TreeIndex existing(Path file, ManifestSummary summary) throws IOException {
        Mapping mapping;
        try (FileHandle opened = FileHandle.open(file, Open.RDONLY, 0)) {
            long length = opened.size();
            if (length < HEADER_BYTES + ROW_BYTES) {
                return null;
            }
            mapping = opened.map(0, length, false);
        }
        ManifestSummary found = summary(mapping.segment());
        if (!summary.equals(found)) {
            mapping.close();
            return null;
        }
        return new TreeIndex(mapping, summary);
    }

    private static @Nullable ManifestSummary summary(MemorySegment header) {
        boolean whole = Arrays.equals(IndexLayout.bytes(header, 0, IndexLayout.MAGIC.length), IndexLayout.MAGIC)
                && header.get(INT, IndexLayout.H_FORM) == IndexLayout.FORM
                && header.get(INT, IndexLayout.H_CRC) == TreeIndexBuilder.checksum(header)
                && header.get(LONG, IndexLayout.H_LENGTH) == header.byteSize();
        if (!whole) {
            return null;
        }
        ByteBuffer digests = ByteBuffer.wrap(IndexLayout.bytes(header, IndexLayout.H_TREE, 2 * Sha256.BYTES));
        return new ManifestSummary(
                header.get(INT, IndexLayout.H_STRENGTH) == 1 ? Strength.STRONG : Strength.WEAK,
                header.get(LONG, IndexLayout.H_FILES),
                header.get(LONG, IndexLayout.H_DIRECTORIES),
                header.get(LONG, IndexLayout.H_LINKS),
                header.get(LONG, IndexLayout.H_BYTES),
                Sha256.read(digests),
                Sha256.read(digests));
    }

    /** What the tree comes to. */
    public ManifestSummary summary() {
        return summary;
    }

    /** Whether there is such a row. */
    public boolean has(long row) {
        return row >= 0 && row < summary.entries();
    }

    private static long at(int row) {
        return (long) row * ROW_BYTES;
    }

    private int bits(int row) {
        return rows.get(INT, at(row) + IndexLayout.MODE);
    }

    /** What a row is. */
    public EntryKind kind(int row) {
        int bits = bits(row);
        return (bits & IndexLayout.IS_DIRECTORY) != 0
                ? EntryKind.DIRECTORY
                : (bits & IndexLayout.IS_LINK) != 0 ? EntryKind.LINK : EntryKind.FILE;
    }

    /** The lower nine bits of the mode; -1 if the source has none. */
    public int mode(int row) {
        int bits = bits(row);
        return (bits & IndexLayout.HAS_MODE) == 0 ? -1 : bits & IndexLayout.MODE_BITS;
    }

    /** Owner; -1 if the source has none. */
    public int uid(int row) {
        return rows.get(INT, at(row) + IndexLayout.UID);
    }

    /** Group; -1 if the source has none. */
    public int gid(int row) {
        return rows.get(INT, at(row) + IndexLayout.GID);
    }

    /** Length of a file or of a link's target in bytes; 0 of a directory. */
    public long sizeBytes(int row) {
        return kind(row) == EntryKind.DIRECTORY ? 0 : rows.get(LONG, at(row) + IndexLayout.SIZE);
    }

    /** Time of the last change in milliseconds since 1970; 0 if nobody knows it. */
    public long modifiedEpochMs(int row) {
        return rows.get(LONG, at(row) + IndexLayout.MODIFIED);
    }

    /** The directory that a row is in; of the root itself. */
    public int parent(int row) {
        return rows.get(INT, at(row) + IndexLayout.PARENT);
    }

    /** Names in a directory. */
    public int children(int directory) {
        return rows.get(INT, at(directory) + IndexLayout.CHILDREN);
    }

    /** The row of the first name in a directory; the others follow. */
    public int firstChild(int directory) {
        return rows.get(INT, at(directory) + IndexLayout.FIRST);
    }

    /** Directories in a directory. */
    public int subdirectories(int directory) {
        return rows.get(INT, at(directory) + IndexLayout.SUBDIRECTORIES);
    }

    private long texts(int row) {
        return rows.get(LONG, at(row) + IndexLayout.TEXTS);
    }

    private int nameLength(int row) {
        return Short.toUnsignedInt(rows.get(SHORT, at(row) + IndexLayout.NAME_LENGTH));
    }

    private int textLength(int row) {
        return Short.toUnsignedInt(rows.get(SHORT, at(row) + IndexLayout.TEXT_LENGTH));
    }

    /** A name in its directory, in UTF-8; that of the root is empty. */
    public byte[] name(int row) {
        return IndexLayout.bytes(all, texts(row), nameLength(row));
    }

    /** What a link says, in UTF-8; of a file its validator. */
    public byte[] text(int row) {
        return IndexLayout.bytes(all, texts(row) + nameLength(row), textLength(row));
    }

    /** The digest of a file's bytes; null in a weak seal. */
    public @Nullable Sha256 content(int row) {
        if (rows.get(JAVA_BYTE, at(row) + IndexLayout.HAS_DIGEST) == 0) {
            return null;
        }
        return Sha256.read(
                ByteBuffer.wrap(IndexLayout.bytes(all, texts(row) + nameLength(row) + textLength(row), Sha256.BYTES)));
    }

    /** The version of a file. */
    public Facts version(int row) {
        return Facts.file(sizeBytes(row), modifiedEpochMs(row), new String(text(row), StandardCharsets.UTF_8));
    }

    /** The names from the root to a row, joined by slashes. */
    public String path(int row) {
        if (row == 0) {
            return "";
        }
        String name = new String(name(row), StandardCharsets.UTF_8);
        int parent = parent(row);
        return parent == 0 ? name : path(parent) + "/" + name;
    }

    /** The row of a name in a directory; -1 if there is none. */
    public int find(int directory, byte[] name) {
        if (kind(directory) != EntryKind.DIRECTORY) {
            return -1;
        }
        long head = IndexLayout.head(name);
        int low = firstChild(directory);
        int high = low + children(directory) - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Long.compareUnsigned(rows.get(LONG, at(middle) + IndexLayout.NAME_HEAD), head);
            if (order == 0) {
                order = Arrays.compareUnsigned(name(middle), name);
            }
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The row of a path; -1 if there is none. */
    public int find(String path) {
        int row = 0;
        int begin = 0;
        while (begin < path.length() && row >= 0) {
            int slash = path.indexOf('/', begin);
            int end = slash < 0 ? path.length() : slash;
            row = find(row, path.substring(begin, end).getBytes(StandardCharsets.UTF_8));
            begin = end + 1;
        }
        return row;
    }

    @Override
    public void close() throws IOException {
        mapping.close();
    }
}

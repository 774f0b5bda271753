package dev.leat.meta.content;

import dev.leat.meta.content.EditedContent.Range;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads pages of extents. A page holds what lies from its own offset up to the next page's; no extent crosses that line. */
final class Pages {
    /** With more ranges than this, reading all of a few pages is cheaper than a scan for each. */
    private static final int RANGES_MAX = 4;

    private static final int PAGES_AT_ONCE = 32;

    private final Reader reader;

    Pages(Reader reader) {
        this.reader = reader;
    }

    /**
     * A page.
     *
     * @param offset where it begins
     * @param extents what it holds
     * @param stored whether the metadata has it; false for the empty page that the range below the first one stands for
     */
    record Page(long offset, List<Extent> extents, boolean stored) {}

    /**
     * All pages that hold a byte of some ranges, by offset.
     *
     * @param limit most pages worth reading
     * @return null when there are more
     */
    @Nullable
    NavigableMap<Long, Page> touching(long ino, Layout.Paged layout, List<Range> ranges, int limit) throws FsException {
        boolean all = ranges.size() > RANGES_MAX && layout.pages() <= PAGES_AT_ONCE;
        List<Range> wanted = all ? List.of(new Range(0, Long.MAX_VALUE)) : ranges;
        TreeMap<Long, Page> pages = new TreeMap<>();
        for (Range range : wanted) {
            List<Page> found = read(ino, layout.generation(), range, limit + 1 - pages.size());
            if (found.isEmpty() || found.getLast().offset() > range.from()) {
                found.add(new Page(0, List.of(), false));
            }
            found.forEach(page -> pages.put(page.offset(), page));
            if (pages.size() > limit) {
                return null;
            }
        }
        return pages;
    }

    /** The extents that touch a range, cut off at neither end, in order; neighbours that continue each other are one. */
    List<Extent> extents(long ino, BlobId generation, long from, long to) throws FsException {
        return ExtentMap.joined(stored(ino, generation, from, to));
    }

    /** The extents that touch a range, as they are in the pages. */
    List<Extent> stored(long ino, BlobId generation, long from, long to) throws FsException {
        List<Extent> extents = new ArrayList<>();
        for (Page page :
                read(ino, generation, new Range(from, to), Integer.MAX_VALUE).reversed()) {
            for (Extent extent : page.extents()) {
                if (extent.fileEnd() > from && extent.fileOffset() < to) {
                    extents.add(extent);
                }
            }
        }
        return extents;
    }

    /** Cuts ordered extents into pages; the first one begins at {@code offset}. */
    static List<Page> split(long offset, Collection<Extent> extents, boolean fill) {
        List<Extent> list = List.copyOf(extents);
        int count = (list.size() + ExtentPage.EXTENTS_MAX - 1) / ExtentPage.EXTENTS_MAX;
        // The last page of a file that grows is filled; others are cut evenly, so that each has room for its own edits.
        int each = fill || count == 0 ? ExtentPage.EXTENTS_MAX : (list.size() + count - 1) / count;
        List<Page> pages = new ArrayList<>();
        for (int from = 0; from < list.size(); from += each) {
            List<Extent> part = list.subList(from, Math.min(list.size(), from + each));
            pages.add(new Page(from == 0 ? offset : part.getFirst().fileOffset(), part, true));
        }
        return pages;
    }

    /** Pages from the one with the greatest offset below the range's end down to the one that holds its start. */
    private List<Page> read(long ino, BlobId generation, Range range, int limit) throws FsException {
        List<Page> pages = new ArrayList<>();
        Bytes after = Keys.pageName(generation, range.to());
        // Most ranges lie in one or two pages.
        int size = Math.min(2, limit);
        while (pages.size() < limit) {
            List<Map.Entry<Key, Value>> found = reader.scan(Keys.pages(ino, generation), after, size);
            for (Map.Entry<Key, Value> entry : found) {
                after = entry.getKey().name();
                long offset = Keys.pageOffset(after);
                pages.add(new Page(offset, decode(entry.getValue()), true));
                if (offset <= range.from()) {
                    return pages;
                }
            }
            if (found.size() < size) {
                break;
            }
            size = Math.min(PAGES_AT_ONCE, limit);
        }
        return pages;
    }

    private static List<Extent> decode(Value value) throws FsException {
        try {
            return ExtentPage.decode(value.bytes()).extents();
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }
}

package dev.leat.vfs;

import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An open directory, read as one stream in name order. A cookie is a row's ordinal in the stream; to come back to an
 * earlier one the names at which pages began are kept, and what was deleted meanwhile shifts nothing, since a page
 * goes on after a name. {@code .} and {@code ..} are rows 0 and 1.
 */
final class DirHandle {
    /** Rows read from the metadata at once: about 150 KiB of records. */
    static final int PAGE_ROWS = 1_000;

    /** Rows before the first name. */
    static final int DOT_ROWS = 2;

    final long ino;
    private final MetaFs meta;
    private final boolean attrs;

    // Guarded by this. The names after which pages start, as far as they are known; the first page starts after none.
    private final NavigableMap<Integer, Name> pageAfter = new TreeMap<>();
    private List<DirEntry> page = List.of();
    private int pageIndex = -1;
    private long pageMoment;
    private boolean lastPage;
    private @Nullable Journal journal;
    private long number;

    DirHandle(long ino, MetaFs meta, boolean attrs) {
        this.ino = ino;
        this.meta = meta;
        this.attrs = attrs;
    }

    /** Tells a journal how far it is read from now on. */
    synchronized void journaled(Journal keeper, long handle) {
        journal = keeper;
        number = handle;
    }

    /** Goes on where another daemon was: one of its pages began after a name. */
    synchronized void goOn(int index, Name after) {
        pageAfter.put(index, after);
    }

    /** Starts over, as after {@code rewinddir}: what changed since is seen. */
    synchronized void rewind() {
        pageAfter.clear();
        page = List.of();
        pageIndex = -1;
        lastPage = false;
    }

    /**
     * A row, and when its page was read.
     *
     * @param moment before the page was read; a row may be told long after that
     */
    record Row(DirEntry entry, long moment) {}

    /**
     * The row with this ordinal, counted without the two dots, or null at the end.
     *
     * @param ordinal 0 or more
     */
    synchronized @Nullable Row row(long ordinal) throws FsException {
        int wanted = (int) (ordinal / PAGE_ROWS);
        int inPage = (int) (ordinal % PAGE_ROWS);
        if (wanted != pageIndex && !load(wanted)) {
            return null;
        }
        return inPage < page.size() ? new Row(page.get(inPage), pageMoment) : null;
    }

    private boolean load(int wanted) throws FsException {
        // Pages are reached one after the other; those skipped over are read for the names they end with.
        Integer known = pageAfter.floorKey(wanted);
        int from = known == null ? 0 : known;
        for (int i = from; i <= wanted; i++) {
            if (i == pageIndex + 1 && lastPage && pageIndex >= 0) {
                return false;
            }
            pageMoment = meta.moment();
            Name after = pageAfter.get(i);
            page = meta.readdir(ino, after, PAGE_ROWS, attrs);
            pageIndex = i;
            lastPage = page.size() < PAGE_ROWS;
            if (!lastPage) {
                pageAfter.putIfAbsent(i + 1, page.getLast().name());
            }
            if (journal != null) {
                journal.page(number, i, after);
            }
            if (lastPage && i < wanted) {
                return false;
            }
        }
        return true;
    }
}

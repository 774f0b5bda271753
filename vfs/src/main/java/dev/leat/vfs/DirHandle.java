package dev.leat.vfs;

import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.util.ArrayList;
import java.util.List;
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

    // Guarded by this. pageAfter.get(i) is the name after which page i starts.
    private final List<@Nullable Name> pageAfter = new ArrayList<>();
    private List<DirEntry> page = List.of();
    private int pageIndex = -1;
    private long pageMoment;
    private boolean lastPage;

    DirHandle(long ino, MetaFs meta, boolean attrs) {
        this.ino = ino;
        this.meta = meta;
        this.attrs = attrs;
        pageAfter.add(null);
    }

    /** Starts over, as after {@code rewinddir}: what changed since is seen. */
    synchronized void rewind() {
        pageAfter.clear();
        pageAfter.add(null);
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
        int from = Math.min(wanted, pageAfter.size() - 1);
        for (int i = from; i <= wanted; i++) {
            if (i == pageIndex + 1 && lastPage && pageIndex >= 0) {
                return false;
            }
            pageMoment = meta.moment();
            page = meta.readdir(ino, pageAfter.get(i), PAGE_ROWS, attrs);
            pageIndex = i;
            lastPage = page.size() < PAGE_ROWS;
            if (!lastPage && pageAfter.size() == i + 1) {
                pageAfter.add(page.getLast().name());
            }
            if (lastPage && i < wanted) {
                return false;
            }
        }
        return true;
    }
}

package dev.leat.cli.mount;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes over trees, some entries of one directory at a time. What others remove meanwhile is left out. */
final class FileWalk {
    /** Rows that are looked at together; bounds memory. */
    private static final int PAGE_ROWS = 4096;

    private FileWalk() {}

    /** Takes entries of one directory. */
    interface Visitor {
        /** Takes some; perhaps none. */
        void visit(List<DirEntry> rows) throws IOException, InterruptedException;
    }

    /** Goes over the regular files below a directory, or over one file. */
    static void of(MetaFs meta, long top, Visitor visitor) throws IOException, InterruptedException {
        of(meta, List.of(top), visitor);
    }

    /** Goes over the regular files of several trees; files among the tops come together, since they may share blobs. */
    static void of(MetaFs meta, List<Long> tops, Visitor visitor) throws IOException, InterruptedException {
        List<DirEntry> files = new ArrayList<>();
        for (long top : tops) {
            Attr attr = attr(meta, top);
            if (attr != null && attr.type() == FileType.FILE) {
                files.add(new DirEntry(Name.of("file"), top, FileType.FILE, attr));
                if (files.size() == PAGE_ROWS) {
                    visitor.visit(List.copyOf(files));
                    files.clear();
                }
            } else if (attr != null && attr.type() == FileType.DIRECTORY) {
                below(meta, top, rows -> visitor.visit(files(rows)));
            }
        }
        if (!files.isEmpty()) {
            visitor.visit(files);
        }
    }

    /** The regular files among some entries. */
    static List<DirEntry> files(List<DirEntry> rows) {
        return rows.stream().filter(row -> row.type() == FileType.FILE).toList();
    }

    /** Goes over all that lies below a directory, whatever it is. */
    static void below(MetaFs meta, long top, Visitor visitor) throws IOException, InterruptedException {
        Deque<Long> pending = new ArrayDeque<>();
        pending.push(top);
        while (!pending.isEmpty()) {
            long directory = pending.pop();
            @Nullable Name after = null;
            List<DirEntry> rows;
            do {
                rows = rows(meta, directory, after);
                rows.stream().filter(row -> row.type() == FileType.DIRECTORY).forEach(row -> pending.push(row.ino()));
                visitor.visit(rows);
                after = rows.isEmpty() ? null : rows.getLast().name();
            } while (!rows.isEmpty());
        }
    }

    private static List<DirEntry> rows(MetaFs meta, long directory, @Nullable Name after) throws FsException {
        try {
            return meta.readdir(directory, after, PAGE_ROWS, true);
        } catch (FsException e) {
            if (e.isGone()) {
                return List.of();
            }
            throw e;
        }
    }

    private static @Nullable Attr attr(MetaFs meta, long ino) throws FsException {
        try {
            return meta.getattr(ino);
        } catch (FsException e) {
            if (e.isGone()) {
                return null;
            }
            throw e;
        }
    }
}

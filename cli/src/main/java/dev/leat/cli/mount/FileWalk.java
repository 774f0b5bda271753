package dev.leat.cli.mount;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes over the regular files of a tree, some of one directory at a time. */
final class FileWalk {
    /** Rows of a directory that are looked at together; bounds memory. */
    private static final int PAGE_ROWS = 4096;

    private FileWalk() {}

    /** Takes regular files of one directory. */
    interface Visitor {
        /** Takes some; perhaps none. */
        void visit(List<DirEntry> files) throws IOException, InterruptedException;
    }

    /** Goes over what lies below a directory, or over one file. */
    static void of(MetaFs meta, long top, Visitor visitor) throws IOException, InterruptedException {
        Attr attr = meta.getattr(top);
        if (attr.type() == FileType.FILE) {
            visitor.visit(List.of(new DirEntry(Name.of("file"), top, FileType.FILE, attr)));
            return;
        }
        if (attr.type() != FileType.DIRECTORY) {
            return;
        }
        Deque<Long> pending = new ArrayDeque<>();
        pending.push(top);
        while (!pending.isEmpty()) {
            long directory = pending.pop();
            @Nullable Name after = null;
            List<DirEntry> rows;
            do {
                rows = meta.readdir(directory, after, PAGE_ROWS, true);
                rows.stream().filter(row -> row.type() == FileType.DIRECTORY).forEach(row -> pending.push(row.ino()));
                visitor.visit(
                        rows.stream().filter(row -> row.type() == FileType.FILE).toList());
                after = rows.isEmpty() ? null : rows.getLast().name();
            } while (!rows.isEmpty());
        }
    }
}

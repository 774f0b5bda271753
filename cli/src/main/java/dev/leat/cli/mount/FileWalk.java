package dev.leat.cli.mount;

import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes over the regular files of trees, some of one directory at a time. */
final class FileWalk {
    /** Rows that are looked at together; bounds memory. */
    private static final int PAGE_ROWS = 4096;

    private FileWalk() {}

    /** Takes regular files of one directory. */
    interface Visitor {
        /** Takes some; perhaps none. */
        void visit(List<DirEntry> files) throws IOException, InterruptedException;
    }

    /** Goes over what lies below a directory, or over one file. */
    static void of(MetaFs meta, long top, Visitor visitor) throws IOException, InterruptedException {
        of(meta, List.of(top), visitor);
    }

    /** Goes over several trees; files among the tops come together, since they may share blobs. What is gone is left out. */
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
                tree(meta, top, visitor);
            }
        }
        if (!files.isEmpty()) {
            visitor.visit(files);
        }
    }

    private static @Nullable Attr attr(MetaFs meta, long ino) throws FsException {
        try {
            return meta.getattr(ino);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESTALE) {
                return null;
            }
            throw e;
        }
    }

    private static void tree(MetaFs meta, long top, Visitor visitor) throws IOException, InterruptedException {
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

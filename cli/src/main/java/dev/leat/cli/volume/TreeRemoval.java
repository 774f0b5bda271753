package dev.leat.cli.volume;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.VolumeFs;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Removes a tree in the metadata, many names at the same time, without asking the kernel for each. Directories go when what was in them is gone; what
 * somebody makes in one meanwhile keeps that directory, and those above it, which is told.
 */
public final class TreeRemoval {
    private static final int PAGE = 1_000;

    /** Names that one thread takes at once. */
    private static final int NAMES = 50;

    private final VolumeFs fs;
    private final Caller caller;
    private final boolean skipTrash;
    private final int threads;
    private final PacedProgress progress;
    private final LongConsumer linked;
    private final WorkStack work = new WorkStack();
    private final LongAdder files = new LongAdder();
    private final LongAdder directories = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private volatile @Nullable Directory kept;

    private TreeRemoval(
            VolumeFs fs, Caller caller, Map<?, ?> arguments, ControlServer.Progress progress, LongConsumer linked) {
        this.fs = fs;
        this.caller = caller;
        this.skipTrash = Boolean.TRUE.equals(arguments.get("skipTrash"));
        this.threads = arguments.get("threads") instanceof Long count ? Math.clamp(count, 1, 256) : 16;
        this.progress = new PacedProgress(progress);
        this.linked = linked;
    }

    /** A directory that goes when nothing in it is left to be removed. */
    private static final class Directory {
        private final @Nullable Directory above;
        private final long parent;
        private final Name name;
        private final long ino;

        /** What must be done before it can go: its listing, and each part of it. */
        private final AtomicInteger left = new AtomicInteger(1);

        /** Somebody else has removed it; what has its name by now is none of ours. */
        private volatile boolean gone;

        Directory(@Nullable Directory above, long parent, Name name, long ino) {
            this.above = above;
            this.parent = parent;
            this.name = name;
            this.ino = ino;
        }

        @Override
        public String toString() {
            return (above == null ? "" : above + "/") + name;
        }
    }

    /**
     * Removes what a name leads to, and all below.
     *
     * @param caller who asks
     * @param arguments {@code threads}, {@code skipTrash}
     * @param linked told the inode of each removed file that has other names
     */
    public static Map<String, @Nullable Object> run(
            VolumeFs fs,
            long parent,
            Name name,
            Caller caller,
            Map<?, ?> arguments,
            ControlServer.Progress progress,
            LongConsumer linked)
            throws IOException {
        try {
            return new TreeRemoval(fs, caller, arguments, progress, linked).run(parent, name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted; what was removed so far is gone", e);
        }
    }

    private Map<String, @Nullable Object> run(long parent, Name name) throws IOException, InterruptedException {
        Entry top = fs.lookup(parent, name);
        if (top.attr().type() == FileType.DIRECTORY) {
            Directory directory = new Directory(null, parent, name, top.ino());
            work.push(() -> empty(directory));
            work.run(threads);
        } else {
            removeFile(parent, name, top.ino(), top.attr());
        }
        Directory left = kept;
        if (left != null) {
            throw CliException.failed(left + " is not empty: something was made in it while it was removed");
        }
        return facts();
    }

    private void empty(Directory directory) throws IOException {
        Name after = null;
        while (!work.isFailed()) {
            List<DirEntry> page = page(directory, after);
            List<DirEntry> names = new ArrayList<>();
            for (DirEntry entry : page) {
                if (entry.type() == FileType.DIRECTORY) {
                    directory.left.incrementAndGet();
                    Directory below = new Directory(directory, directory.ino, entry.name(), entry.ino());
                    work.push(() -> empty(below));
                } else {
                    names.add(entry);
                }
                if (names.size() == NAMES) {
                    removeLater(directory, names);
                    names = new ArrayList<>();
                }
            }
            removeLater(directory, names);
            if (page.size() < PAGE) {
                break;
            }
            after = page.getLast().name();
        }
        done(directory);
    }

    /** Some of what is in a directory; nothing when somebody else has removed it. */
    private List<DirEntry> page(Directory directory, @Nullable Name after) throws FsException {
        try {
            return fs.readdir(directory.ino, after, PAGE, true);
        } catch (FsException e) {
            if (!e.isGone()) {
                throw e;
            }
            directory.gone = true;
            return List.of();
        }
    }

    private void removeLater(Directory directory, List<DirEntry> names) {
        if (names.isEmpty()) {
            return;
        }
        directory.left.incrementAndGet();
        work.push(() -> {
            for (DirEntry entry : names) {
                if (work.isFailed()) {
                    return;
                }
                removeFile(directory.ino, entry.name(), entry.ino(), entry.attr());
            }
            done(directory);
        });
    }

    private void removeFile(long parent, Name name, long ino, @Nullable Attr attr) throws IOException {
        try {
            if (skipTrash) {
                fs.unlinkForGood(parent, name, caller);
            } else {
                fs.unlink(parent, name, caller);
            }
            files.increment();
            bytes.add(attr == null || attr.nlink() > 1 ? 0 : attr.sizeBytes());
            if (attr != null && attr.nlink() > 1) {
                linked.accept(ino);
            }
        } catch (FsException e) {
            requireGone(e, parent, name);
        }
        progress.report(this::facts);
    }

    /** A part of a directory is done, which may have been the last one, also of those above. */
    private void done(Directory part) throws IOException {
        for (Directory at = part; at != null; at = at.above) {
            if (at.left.decrementAndGet() > 0 || work.isFailed()) {
                return;
            }
            removeDirectory(at);
        }
    }

    private void removeDirectory(Directory directory) throws IOException {
        if (directory.gone) {
            return;
        }
        try {
            if (skipTrash) {
                fs.rmdirForGood(directory.parent, directory.name, caller);
            } else {
                fs.rmdir(directory.parent, directory.name, caller);
            }
            directories.increment();
        } catch (FsException e) {
            if (e.errno() == Errno.ENOTEMPTY) {
                synchronized (this) {
                    kept = kept == null ? directory : kept;
                }
            } else {
                requireGone(e, directory.parent, directory.name);
            }
        }
        progress.report(this::facts);
    }

    /** Somebody else may have removed it, or moved it away. */
    private static void requireGone(FsException e, long parent, Name name) throws FsException {
        if (!e.isGone()) {
            throw new FsException(
                    e.errno(), name + " in directory " + parent + " cannot be removed: " + e.getMessage(), e);
        }
    }

    private Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("files", files.sum());
        facts.put("directories", directories.sum());
        facts.put("bytes", bytes.sum());
        return facts;
    }
}

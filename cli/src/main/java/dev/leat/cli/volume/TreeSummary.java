package dev.leat.cli.volume;

import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Adds up a tree: files, directories and bytes of the whole, and of its largest parts down to some depth. A walk over the metadata by several threads; a
 * file counts once for each of its names.
 */
public final class TreeSummary {
    private static final int PAGE = 1_000;
    private static final int THREADS = 8;

    private static final Comparator<Part> LARGEST =
            Comparator.comparingLong((Part part) -> part.bytes.sum()).reversed().thenComparing(part -> part.name);

    private final MetaFs fs;
    private final int depth;
    private final int entries;
    private final PacedProgress progress;
    private final WorkStack work = new WorkStack();
    private final LongAdder seen = new LongAdder();
    private final LongAdder seenBytes = new LongAdder();

    private TreeSummary(MetaFs fs, int depth, int entries, ControlServer.Progress progress) {
        this.fs = fs;
        this.depth = depth;
        this.entries = entries;
        this.progress = new PacedProgress(progress);
    }

    /** Something in the tree with what it adds up to; a directory at the lowest depth shown stands for all below it. */
    private static final class Part {
        private final String name;
        private final FileType type;
        private final int depth;
        private final LongAdder files = new LongAdder();
        private final LongAdder directories = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder allocated = new LongAdder();
        private final List<Part> parts = new ArrayList<>();
        private final PriorityQueue<Part> largestFiles = new PriorityQueue<>(LARGEST.reversed());
        private final LongAdder partCount = new LongAdder();

        Part(String name, FileType type, int depth) {
            this.name = name;
            this.type = type;
            this.depth = depth;
        }

        void addFile(@Nullable Attr attr) {
            files.increment();
            bytes.add(attr == null ? 0 : attr.sizeBytes());
            allocated.add(attr == null ? 0 : attr.allocatedBytes());
        }

        void add(Part other) {
            files.add(other.files.sum());
            directories.add(other.directories.sum());
            bytes.add(other.bytes.sum());
            allocated.add(other.allocated.sum());
        }
    }

    /**
     * Adds up what an inode is the top of.
     *
     * @param arguments {@code depth} of the parts shown, 0 for none; {@code entries} most parts shown of each directory
     * @param progress told now and then how many entries were seen
     */
    public static Map<String, @Nullable Object> of(
            MetaFs fs, long ino, Map<?, ?> arguments, ControlServer.Progress progress) throws IOException {
        int depth = arguments.get("depth") instanceof Long most ? Math.clamp(most, 0, 100) : 0;
        int entries = arguments.get("entries") instanceof Long most ? Math.clamp(most, 0, 10_000) : 0;
        try {
            return new TreeSummary(fs, depth, entries, progress).run(ino);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Map<String, @Nullable Object> run(long ino) throws IOException, InterruptedException {
        Attr attr = fs.getattr(ino);
        Part top = new Part("", attr.type(), 0);
        if (attr.type() == FileType.DIRECTORY) {
            top.directories.increment();
            work.push(() -> walk(ino, top));
            work.run(THREADS);
            addUp(top);
        } else {
            top.addFile(attr);
        }
        return facts(top);
    }

    private void walk(long directory, Part part) throws IOException {
        Name after = null;
        while (!work.isFailed()) {
            List<DirEntry> page = page(directory, after);
            for (DirEntry entry : page) {
                take(entry, part);
            }
            seen.add(page.size());
            progress.report(() -> Map.of("files", seen.sum(), "bytes", seenBytes.sum()));
            if (page.size() < PAGE) {
                return;
            }
            after = page.getLast().name();
        }
    }

    /** Some of what is in a directory; nothing when it was removed meanwhile. */
    private List<DirEntry> page(long directory, @Nullable Name after) throws FsException {
        try {
            return fs.readdir(directory, after, PAGE, true);
        } catch (FsException e) {
            if (e.isGone()) {
                return List.of();
            }
            throw e;
        }
    }

    private void take(DirEntry entry, Part part) {
        boolean shown = part.depth < depth;
        if (entry.type() == FileType.DIRECTORY) {
            Part below = shown ? new Part(entry.name().toString(), FileType.DIRECTORY, part.depth + 1) : part;
            below.directories.increment();
            if (shown) {
                part.partCount.increment();
                synchronized (part.parts) {
                    part.parts.add(below);
                }
            }
            work.push(() -> walk(entry.ino(), below));
            return;
        }
        part.addFile(entry.attr());
        Attr attr = entry.attr();
        seenBytes.add(attr == null ? 0 : attr.sizeBytes());
        if (shown && entries > 0) {
            part.partCount.increment();
            Part file = new Part(entry.name().toString(), entry.type(), part.depth + 1);
            file.addFile(attr);
            // One thread walks a directory.
            part.largestFiles.add(file);
            if (part.largestFiles.size() > entries) {
                part.largestFiles.poll();
            }
        }
    }

    private static void addUp(Part part) {
        for (Part below : part.parts) {
            addUp(below);
            part.add(below);
        }
    }

    private Map<String, @Nullable Object> facts(Part part) {
        Map<String, @Nullable Object> facts = numbers(part);
        if (part.type != FileType.DIRECTORY || part.depth == depth || entries == 0) {
            return facts;
        }
        List<Part> all = new ArrayList<>(part.parts);
        all.addAll(part.largestFiles);
        all.sort(LARGEST);
        List<Part> shown = all.subList(0, Math.min(entries, all.size()));
        List<Object> rows = new ArrayList<>();
        for (Part below : shown) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("name", below.name);
            row.put("type", below.type.name().toLowerCase(Locale.ROOT));
            row.putAll(facts(below));
            rows.add(row);
        }
        facts.put("entries", rows);
        long left = part.partCount.sum() - shown.size();
        if (left > 0) {
            Map<String, @Nullable Object> others = new LinkedHashMap<>();
            others.put("count", left);
            others.put("files", rest(part.files, shown, below -> below.files));
            // The directory itself is none of its parts.
            others.put("directories", rest(part.directories, shown, below -> below.directories) - 1);
            others.put("sizeBytes", rest(part.bytes, shown, below -> below.bytes));
            others.put("allocatedBytes", rest(part.allocated, shown, below -> below.allocated));
            facts.put("others", others);
        }
        return facts;
    }

    private interface Count {
        LongAdder of(Part part);
    }

    private static long rest(LongAdder total, List<Part> shown, Count count) {
        return total.sum()
                - shown.stream().mapToLong(part -> count.of(part).sum()).sum();
    }

    private static Map<String, @Nullable Object> numbers(Part part) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("files", part.files.sum());
        facts.put("directories", part.directories.sum());
        facts.put("sizeBytes", part.bytes.sum());
        facts.put("allocatedBytes", part.allocated.sum());
        return facts;
    }
}

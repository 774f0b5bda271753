package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cli.bench.Workers;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Time;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the metadata tells about an inode, and how much of it the cache holds. */
final class PathFacts {
    /** Extents shown; all are counted. */
    private static final int EXTENTS_SHOWN = 1_000;

    private static final int THREADS = 8;

    private final MetaFs fs;
    private final BlobCache cache;

    PathFacts(MetaFs fs, BlobCache cache) {
        this.fs = fs;
        this.cache = cache;
    }

    /** What a tree adds up to. */
    private static final class Sizes {
        private long files;
        private long directories;
        private long bytes;
        private long allocated;

        void add(FileType type, @Nullable Attr attr) {
            if (type == FileType.DIRECTORY) {
                // A directory's own size says nothing of what is in it.
                directories++;
                return;
            }
            files++;
            bytes += attr == null ? 0 : attr.sizeBytes();
            allocated += attr == null ? 0 : attr.allocatedBytes();
        }

        void putInto(Map<String, @Nullable Object> facts) {
            facts.put("files", files);
            facts.put("directories", directories);
            facts.put("sizeBytes", bytes);
            facts.put("allocatedBytes", allocated);
        }
    }

    /** What is made of extents: one file, or all of a tree. Counts up under its own lock. */
    private static final class Content {
        private final Set<BlobId> objects = new HashSet<>();
        private long inlineFiles;
        private long extents;
        private long storedBytes;
        private long cachedBytes;

        private synchronized void add(List<Extent> more, long cached) {
            extents += more.size();
            cachedBytes += cached;
            for (Extent extent : more) {
                objects.add(extent.blob());
                storedBytes += extent.lengthBytes();
            }
        }

        private synchronized void addInline() {
            inlineFiles++;
        }

        private synchronized void putInto(Map<String, @Nullable Object> facts) {
            facts.put("extentCount", extents);
            facts.put("objectCount", objects.size());
            facts.put("storedBytes", storedBytes);
            facts.put("cachedBytes", cachedBytes);
        }
    }

    /** An inode, with the objects that hold its bytes. */
    Map<String, @Nullable Object> info(long ino) throws FsException {
        Attr attr = fs.getattr(ino);
        Map<String, @Nullable Object> facts = attributes(ino, attr);
        if (attr.type() == FileType.FILE) {
            FileView view = fs.view(ino);
            facts.put("inline", view.inline() != null);
            if (view.inline() == null) {
                List<Extent> extents = fs.extents(view, 0, view.attr().sizeBytes());
                Content content = new Content();
                content.add(extents, cached(extents));
                content.putInto(facts);
                facts.put("extents", shown(extents));
            }
        }
        return facts;
    }

    /** An inode and all below it, added up. Objects that files share count once. */
    Map<String, @Nullable Object> tree(long ino, ControlServer.Progress progress) throws IOException {
        Attr attr = fs.getattr(ino);
        PacedProgress paced = new PacedProgress(progress);
        Sizes sizes = new Sizes();
        Content content = new Content();
        sizes.add(attr.type(), attr);
        try {
            if (attr.type() == FileType.DIRECTORY) {
                FileWalk.below(fs, ino, rows -> {
                    rows.forEach(row -> sizes.add(row.type(), row.attr()));
                    paced.report(() -> Map.of("files", sizes.files, "bytes", sizes.bytes));
                    List<DirEntry> files = FileWalk.files(rows);
                    Workers.each(files, Math.clamp(files.size(), 1, THREADS), row -> add(row.ino(), content));
                });
            } else if (attr.type() == FileType.FILE) {
                add(ino, content);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        Map<String, @Nullable Object> facts = attributes(ino, attr);
        sizes.putInto(facts);
        facts.put("inlineFiles", content.inlineFiles);
        content.putInto(facts);
        return facts;
    }

    private static Map<String, @Nullable Object> attributes(long ino, Attr attr) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("inode", ino);
        facts.put("type", attr.type().name().toLowerCase(Locale.ROOT));
        facts.put("mode", String.format(Locale.ROOT, "%04o", attr.mode()));
        facts.put("uid", attr.uid());
        facts.put("gid", attr.gid());
        facts.put("links", attr.nlink());
        facts.put("accessed", text(attr.atime()));
        facts.put("modified", text(attr.mtime()));
        facts.put("changed", text(attr.ctime()));
        facts.put("sizeBytes", attr.sizeBytes());
        facts.put("allocatedBytes", attr.allocatedBytes());
        return facts;
    }

    private static String text(Time time) {
        return Instant.ofEpochSecond(time.seconds(), time.nanos()).toString();
    }

    private void add(long ino, Content content) throws FsException {
        try {
            FileView view = fs.view(ino);
            if (view.inline() != null) {
                content.addInline();
            } else {
                List<Extent> extents = fs.extents(view, 0, view.attr().sizeBytes());
                content.add(extents, cached(extents));
            }
        } catch (FsException e) {
            // Removed since it was listed.
            if (!e.isGone()) {
                throw e;
            }
        }
    }

    private long cached(List<Extent> extents) {
        long sum = 0;
        for (Extent extent : extents) {
            Blob blob = new Blob(extent.blob(), fs.blobKey(extent.blob()), extent.blobSizeBytes(), null);
            sum += cache.cachedBytes(blob, extent.blobOffset(), extent.lengthBytes());
        }
        return sum;
    }

    private List<Object> shown(List<Extent> extents) {
        List<Object> shown = new ArrayList<>();
        for (Extent extent : extents.subList(0, Math.min(EXTENTS_SHOWN, extents.size()))) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("offset", extent.fileOffset());
            one.put("lengthBytes", extent.lengthBytes());
            one.put("object", fs.blobKey(extent.blob()));
            one.put("objectOffset", extent.blobOffset());
            one.put("objectBytes", extent.blobSizeBytes());
            shown.add(one);
        }
        return shown;
    }
}
